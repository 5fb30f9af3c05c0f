"""One part after the other in one process, on the approved model that it loads once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from models.approved import Approved, load_approved
from profilering.errors import SetupError
from serving.scoring.parts import Part, Tally, make


@dataclass(frozen=True, slots=True)
class Means:
    """Where the approved model lies, and the digests it must have: an approval may change meanwhile."""

    approved: Path
    artefacts: Path
    digests: Mapping[str, str]


def made(part: Part, means: Means) -> Tally:
    """Make one part in this process. Raises SetupError where another model is approved by now."""
    stands_on = loaded(means.approved, means.artefacts)
    if stands_on.digests != means.digests:
        raise SetupError(f"{means.approved.name} approves another model than when this began; begin anew")
    return make(part, stands_on)


@lru_cache(1)
def loaded(approved: Path, artefacts: Path) -> Approved:
    """The approved model of this process."""
    return load_approved(approved, artefacts)
