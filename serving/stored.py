"""A stored profilering as values again, to be told anew: in another language, in full, or beside another.

Nothing is estimated again: features, estimates and forslag are those of the journal. That they are
what the model gave is for etterproeving to show.
"""

import json
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, Field, FiniteFloat, ValidationError

from profilering.assess import Profilering, tell
from profilering.errors import ProfileringError
from profilering.features import NAMES
from profilering.innsatsgruppe import ForslagKode
from profilering.policy import MerknadKode, Policy, RegelKode
from profilering.propose import Forslag
from profilering.registrering import Registrering
from profilering.risk import Frequency, Outcome, Risk
from profilering.tekster import Tekster
from serving.journal import StoredEntry
from serving.replaying.given import Digester, UnreadableError
from serving.wire.reading import registrering_of
from serving.wire.schemas import ProfileringForespoersel


class _Lest(BaseModel):
    model_config = Digester.model_config


class _Antall(_Lest):
    tilfeller: int
    av: int
    lav: FiniteFloat
    hoey: FiniteFloat


class _Anslag(_Lest):
    utfall: Annotated[Outcome, Field(strict=False)]
    sannsynlighet: FiniteFloat
    grunnlinje: FiniteFloat
    bidrag: list[Annotated[tuple[str, FiniteFloat], Field(strict=False)]]
    alike: _Antall | None
    alle: _Antall
    modell: str


class _Forslag(_Lest):
    kode: Annotated[ForslagKode, Field(strict=False)]
    regel: Annotated[RegelKode, Field(strict=False)]
    grensetilfelle: bool
    merknader: list[Annotated[MerknadKode, Field(strict=False)]] = []
    naer_grensen: list[Annotated[Outcome, Field(strict=False)]] = []


class _Innhold(_Lest):
    forespoersel: ProfileringForespoersel
    opplysninger: dict[str, int | None]
    anslag: list[_Anslag]
    forslag: _Forslag
    versjoner: dict[str, str]
    digester: Digester


@dataclass(frozen=True, slots=True)
class StoredCase:
    """What one stored profilering says, apart from its words."""

    entry: StoredEntry
    forespoersel: ProfileringForespoersel
    registrering: Registrering
    digester: Digester
    versjoner: MappingProxyType[str, str]  # modell, policy, tekster, skjema
    features: MappingProxyType[str, int | None]
    risks: tuple[Risk, ...]
    _forslag: _Forslag

    def told(self, policy: Policy, tekster: Tekster) -> Profilering:
        """Tell it in the words of `tekster`; `policy` is the one it was made under."""
        read = self._forslag
        regel = policy.regel(read.regel)
        forslag = Forslag(
            read.kode, regel, read.grensetilfelle, tuple(read.merknader), tuple(read.naer_grensen)
        )
        return tell(self.registrering, self.features, self.risks, forslag, policy, tekster)


def stored_case(entry: StoredEntry) -> StoredCase:
    """Read a profilering's content as strictly as the wire is read. Raises UnreadableError."""
    try:
        read = _Innhold.model_validate(json.loads(entry.content))
        return StoredCase(
            entry=entry,
            forespoersel=read.forespoersel,
            registrering=registrering_of(read.forespoersel),
            digester=read.digester,
            versjoner=MappingProxyType(read.versjoner),
            features=MappingProxyType({name: read.opplysninger[name] for name in NAMES}),
            risks=tuple(_risk(anslag) for anslag in read.anslag),
            _forslag=read.forslag,
        )
    except (ValueError, KeyError, RecursionError, ValidationError, ProfileringError):
        reason = "the content is not that of a profilering this version can read"
    # Outside the handler, so that no parser's error with the content in it hangs on ours.
    raise UnreadableError(reason)


def _risk(anslag: _Anslag) -> Risk:
    if tuple(name for name, _ in anslag.bidrag) != NAMES:
        raise ValueError("the contributions are not those of the catalogue, in its order")
    return Risk(
        outcome=anslag.utfall,
        probability=anslag.sannsynlighet,
        base_log_odds=anslag.grunnlinje,
        contributions=tuple(log_odds for _, log_odds in anslag.bidrag),
        alike=_frequency(anslag.alike),
        everyone=Frequency(anslag.alle.tilfeller, anslag.alle.av, anslag.alle.lav, anslag.alle.hoey),
        model_version=anslag.modell,
    )


def _frequency(antall: _Antall | None) -> Frequency | None:
    return None if antall is None else Frequency(antall.tilfeller, antall.av, antall.lav, antall.hoey)
