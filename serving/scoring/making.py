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
    """Where the approved model lies, and what it must be: an approval may change meanwhile."""

    approved: Path
    artefacts: Path
    digests: Mapping[str, str]
    method: str  # of contributions


def means_of(approved: Path, artefacts: Path) -> Means:
    """What is approved now."""
    now = loaded(approved, artefacts)
    return Means(approved, artefacts, now.digests, now.basis.model.method)


def made(part: Part, means: Means) -> Tally:
    """Make one part in this process. Raises SetupError where another model is approved by now."""
    stands_on = loaded(means.approved, means.artefacts)
    if stands_on.digests != means.digests:
        raise SetupError(f"{means.approved.name} approves another model than when this began; begin anew")
    if stands_on.basis.model.method != means.method:
        raise SetupError(f"a process explains by {stands_on.basis.model.explaining}, not by {means.method}")
    return make(part, stands_on)


@lru_cache(1)
def loaded(approved: Path, artefacts: Path) -> Approved:
    """The approved model of this process."""
    return load_approved(approved, artefacts)
