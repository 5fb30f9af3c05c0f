"""From a profilering to the words of the answer.

Written as the models of `answer_schemas.py` would write it, to the byte, without making one of them:
they are the contract and what tests hold this to, and to make them took longer than all the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from models.approved import Approved
from models.canonical import canonical_text
from profilering.anslag import AndreBidrag, Anslag, Bidrag
from profilering.assess import Profilering
from profilering.begrunnelse import Begrunnelse
from profilering.innsatsgruppe import AKTUELLE, ForslagKode
from profilering.propose import Forslag
from profilering.registrering import Registrering
from profilering.risk import HORIZON_MONTHS
from profilering.tekster import Tekster
from serving.wire.schemas import SKJEMA_VERSJON, ProfileringForespoersel

Svar = Mapping[str, object]
"""A `ProfileringUtenJournal` as JSON has it, its fields in their order; codes are plain strings."""

AKTUELLE_UT = {
    kode: [{"kode": g.kode, "gammelKode": g.gammel_kode, "navn": g.navn} for g in grupper]
    for kode, grupper in AKTUELLE.items()
}


@dataclass(frozen=True, slots=True)
class Case:
    """One profilering with the request it answers; `facts` is the request in its one spelling."""

    id: UUID
    created: datetime
    forespoersel: ProfileringForespoersel
    registrering: Registrering
    profilering: Profilering
    facts: str


def facts_of(forespoersel: ProfileringForespoersel) -> str:
    """What was sent, in its one spelling: what is kept of it, and what tells it from any other."""
    return canonical_text(forespoersel.model_dump(mode="json", by_alias=True))


def svar_of(case: Case, approved: Approved) -> Svar:
    """Write a profilering as the caller reads it."""
    tekster, wire, profilering = approved.basis.tekster, case.forespoersel, case.profilering
    return {
        "id": str(case.id),
        "periodeId": str(wire.periode_id),
        "opplysningerOmArbeidssoekerId": str(wire.opplysninger_om_arbeidssoeker.id),
        "opprettet": case.created.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "erVedtak": False,
        "forslag": _forslag(profilering.forslag, tekster),
        "anslag": [_anslag(anslag) for anslag in profilering.anslag],
        "begrunnelse": _begrunnelse(profilering.begrunnelse),
        "vetIkke": profilering.vet_ikke,
        "mangler": profilering.mangler,
        "motstrid": case.registrering.motstrid,
        "egenvurdering": None if wire.egenvurdering is None else str(wire.egenvurdering),
        "dagensRegel": str(profilering.dagens_regel),
        "versjoner": {
            "modell": approved.model_version,
            "policy": approved.basis.policy.versjon,
            "tekster": tekster.versjon,
            "skjema": SKJEMA_VERSJON,
        },
    }


def _forslag(forslag: Forslag, tekster: Tekster) -> Mapping[str, object]:
    return {
        "kode": str(forslag.kode),
        "navn": tekster.get("forslag", forslag.kode),
        "aktuelleInnsatsgrupper": AKTUELLE_UT[forslag.kode],
        "kreverArbeidsevnevurdering": forslag.kode is ForslagKode.BEHOV_FOR_ARBEIDSEVNEVURDERING,
        "regel": str(forslag.regel.kode),
        "grensetilfelle": forslag.grensetilfelle,
        "merknader": [str(merknad) for merknad in forslag.merknader],
    }


def _anslag(anslag: Anslag) -> Mapping[str, object]:
    return {
        "utfall": str(anslag.utfall),
        "horisontMaaneder": HORIZON_MONTHS,
        "avHundre": anslag.av_hundre,
        "lav": anslag.lav,
        "hoey": anslag.hoey,
        "alleAvHundre": anslag.alle_av_hundre,
        "grunnlagAntall": anslag.grunnlag_antall,
        "bidrag": [_bidrag(bidrag) for bidrag in anslag.bidrag],
        "andreBidrag": _andre(anslag.andre),
    }


def _bidrag(bidrag: Bidrag) -> Mapping[str, object]:
    return {
        "tema": str(bidrag.tema),
        "type": str(bidrag.type),
        "retning": str(bidrag.retning),
        "styrke": str(bidrag.styrke),
        "tekst": bidrag.tekst,
        "kilde": bidrag.kilde,
    }


def _andre(andre: AndreBidrag | None) -> Mapping[str, object] | None:
    if andre is None:
        return None
    return {"antall": andre.antall, "retning": str(andre.retning), "styrke": str(andre.styrke)}


def _begrunnelse(begrunnelse: Begrunnelse) -> Mapping[str, object]:
    return {
        "spraak": begrunnelse.spraak,
        "avsnitt": [{"overskrift": a.overskrift, "tekst": a.tekst} for a in begrunnelse.avsnitt],
    }
