"""What a stored content says that cannot be computed: the request, and what stood around it that day."""

import json
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError

from profilering.errors import ProfileringError
from profilering.registrering import Registrering
from serving.identity.caller import Caller
from serving.wire.reading import registrering_of
from serving.wire.schemas import ProfileringForespoersel


class UnreadableError(ProfileringError):
    """A content that is no profilering this version can read; it says nothing of what stands there."""


class Digester(BaseModel):
    """What the answer stood on, each sha256:…"""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, hide_input_in_errors=True)

    bundle: str
    policy: str
    tekster: str
    tekster_nn: str | None = None  # None in an answer from before there were texts in this language
    tekster_en: str | None = None
    kode: str

    @property
    def basis(self) -> dict[str, str]:
        """Those of what it stood on, by name; all but the code's."""
        return self.model_dump(exclude={"kode"}, exclude_none=True)


class _Content(BaseModel):
    """The part of a content that is taken as given; the rest is made again and compared."""

    model_config = Digester.model_config

    forespoersel: ProfileringForespoersel
    digester: Digester
    stanset: bool
    innsender: str
    navident: str | None
    varighet_ms: FiniteFloat


@dataclass(frozen=True, slots=True)
class Given:
    """The request as it was understood, and what cannot be computed."""

    forespoersel: ProfileringForespoersel
    registrering: Registrering
    digester: Digester
    stanset: bool
    caller: Caller
    duration_ms: float


def given_of(content: bytes) -> Given:
    """Read a content as strictly as the wire is read. Raises UnreadableError."""
    try:
        read = _Content.model_validate(json.loads(content))
        registrering = registrering_of(read.forespoersel)
        caller = Caller(read.innsender, read.navident)
    except (ValueError, RecursionError, ValidationError, ProfileringError):
        reason = "the content is not that of a profilering this version can read"
    else:
        return Given(read.forespoersel, registrering, read.digester, read.stanset, caller, read.varighet_ms)
    # Outside the handler, so that no parser's error with the content in it hangs on ours.
    raise UnreadableError(reason)
