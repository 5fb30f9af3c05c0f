"""What a stored content says that cannot be computed: the request, and what stood around it that day."""

import json
import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from profilering.errors import ProfileringError
from profilering.registrering import Registrering
from profilering.risk import LIGHTGBM
from serving.identity.caller import Caller
from serving.wire.reading import registrering_of
from serving.wire.schemas import SKJEMA_VERSJON, ProfileringForespoersel

_A_DIGEST = re.compile("sha256:[0-9a-f]{64}")


class UnreadableError(ProfileringError):
    """A content that is no profilering this version can read; it says nothing of what stands there."""


class OtherContractError(UnreadableError):
    """A content of another version of the contract: only the code that answered makes it again."""


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


class _Versjoner(BaseModel):
    model_config = Digester.model_config

    skjema: Annotated[str, Field(pattern="^[0-9]{1,6}$")]


class _Contract(BaseModel):
    """What every version of a content says of itself."""

    model_config = Digester.model_config

    versjoner: _Versjoner
    digester: Digester


class _Content(BaseModel):
    """The part of a content that is taken as given; the rest is made again and compared."""

    model_config = Digester.model_config

    forespoersel: ProfileringForespoersel
    digester: Digester
    stanset: bool
    foelger_tilbakeholdt: bool
    beregning: Annotated[str, Field(pattern="^[a-z0-9-]{1,40}$")] = LIGHTGBM
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
    follows: bool  # a case that was held back when this one was made
    beregning: str  # how contributions were computed
    caller: Caller
    duration_ms: float


def given_of(content: bytes) -> Given:
    """Read a content as strictly as the wire is read. Raises UnreadableError, and OtherContractError."""
    _refuse_other_contracts(content)
    try:
        read = _Content.model_validate(json.loads(content))
        registrering = registrering_of(read.forespoersel)
        caller = Caller(read.innsender, read.navident)
    except (ValueError, RecursionError, ValidationError, ProfileringError):
        reason = "the content is not that of a profilering this version can read"
    else:
        return Given(
            forespoersel=read.forespoersel,
            registrering=registrering,
            digester=read.digester,
            stanset=read.stanset,
            follows=read.foelger_tilbakeholdt,
            beregning=read.beregning,
            caller=caller,
            duration_ms=read.varighet_ms,
        )
    # Outside the handler, so that no parser's error with the content in it hangs on ours.
    raise UnreadableError(reason)


def _refuse_other_contracts(content: bytes) -> None:
    """Raise OtherContractError where it says so itself; what says nothing is left to be found unreadable."""
    try:
        said = _Contract.model_validate(json.loads(content))
    except (ValueError, RecursionError):
        return
    made_under, kode = said.versjoner.skjema, said.digester.kode
    if made_under != SKJEMA_VERSJON:
        code = f"the code {kode}" if _A_DIGEST.fullmatch(kode) else "the code"
        raise OtherContractError(
            f"it was made under contract {made_under}; make it again with {code} that answered"
        )
