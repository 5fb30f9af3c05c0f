"""The newest report of monitoring, for the auditors' pages: groups, outcomes and drift.

The service holds nothing of what groups are made of; it shows what the workshop found, as it was written.
"""

from hashlib import sha256
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StrictStr, ValidationError

from profilering.errors import SetupError

MOST_BYTES = 5_000_000
"""Of a report: a hundred times what one weighs. What is larger is something else."""


class _Part(BaseModel):
    """What the report has besides, such as its drawings, stays in the report."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Tabell(_Part):
    """A table; the first cell of a row names it, and None stands for too few people to tell of."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[StrictStr | StrictInt | StrictFloat | None, ...], ...]


class Del(_Part):
    """One part of a report: paragraphs, then tables."""

    heading: str
    text: tuple[str, ...]
    tables: tuple[Tabell, ...]


class Rapport(_Part):
    """What `python -m training monitor` writes as report.json; `limits` says what it cannot be used for."""

    title: str
    limits: Annotated[str, Field(min_length=1)]
    sections: Annotated[tuple[Del, ...], Field(min_length=1)]
    digest: str = ""


def read_rapport(path: Path) -> Rapport:
    """Read a report, with the digest of its bytes. Raises SetupError naming no more than the file."""
    try:
        with path.open("rb") as file:
            found = file.read(MOST_BYTES + 1)
        if len(found) > MOST_BYTES:
            raise SetupError(
                f"{path.name} has more than {MOST_BYTES} bytes; give it a report.json of `monitor`"
            )
        rapport = Rapport.model_validate_json(found)
    except OSError as error:
        raise SetupError(
            f"{path.name} cannot be read: {error.strerror}; see PROFILERING_OVERVAAKING"
        ) from error
    except ValidationError:
        raise SetupError(
            f"{path.name} is no report of monitoring; give it a report.json of `monitor`"
        ) from None
    return rapport.model_copy(update={"digest": f"sha256:{sha256(found).hexdigest()}"})
