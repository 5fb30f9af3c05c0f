"""From a profilering to the words of the answer."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.approved import Approved
from profilering.anslag import AndreBidrag, Anslag, Bidrag
from profilering.assess import Profilering
from profilering.begrunnelse import Begrunnelse
from profilering.innsatsgruppe import AKTUELLE, ForslagKode
from profilering.propose import Forslag
from profilering.registrering import Registrering
from profilering.risk import HORIZON_MONTHS
from profilering.tekster import Tekster
from serving.wire.answer_schemas import (
    AndreBidragUt,
    AnslagUt,
    AvsnittUt,
    BegrunnelseUt,
    BidragUt,
    ForslagUt,
    InnsatsgruppeUt,
    ProfileringUtenJournal,
    VersjonerUt,
)
from serving.wire.codes import WireRegel
from serving.wire.schemas import SKJEMA_VERSJON, ProfileringForespoersel


@dataclass(frozen=True, slots=True)
class Case:
    """One profilering with the request it answers."""

    id: UUID
    created: datetime
    forespoersel: ProfileringForespoersel
    registrering: Registrering
    profilering: Profilering


def svar_of(case: Case, approved: Approved) -> ProfileringUtenJournal:
    """Write a profilering as the caller reads it."""
    tekster, wire, profilering = approved.basis.tekster, case.forespoersel, case.profilering
    return ProfileringUtenJournal.model_construct(
        id=case.id,
        periode_id=wire.periode_id,
        opplysninger_om_arbeidssoeker_id=wire.opplysninger_om_arbeidssoeker.id,
        opprettet=case.created.replace(microsecond=0),
        er_vedtak=False,
        forslag=_forslag(profilering.forslag, tekster),
        anslag=[_anslag(anslag) for anslag in profilering.anslag],
        begrunnelse=_begrunnelse(profilering.begrunnelse),
        vet_ikke=list(profilering.vet_ikke),
        mangler=list(profilering.mangler),
        motstrid=list(case.registrering.motstrid),
        egenvurdering=wire.egenvurdering,
        dagens_regel=profilering.dagens_regel,
        versjoner=_versjoner(approved),
    )


def _forslag(forslag: Forslag, tekster: Tekster) -> ForslagUt:
    return ForslagUt.model_construct(
        kode=forslag.kode,
        navn=tekster.get("forslag", forslag.kode),
        aktuelle_innsatsgrupper=[
            InnsatsgruppeUt.model_construct(kode=g.kode, gammel_kode=g.gammel_kode, navn=g.navn)
            for g in AKTUELLE[forslag.kode]
        ],
        krever_arbeidsevnevurdering=forslag.kode is ForslagKode.BEHOV_FOR_ARBEIDSEVNEVURDERING,
        regel=WireRegel(forslag.regel.kode),
        grensetilfelle=forslag.grensetilfelle,
        merknader=list(forslag.merknader),
    )


def _anslag(anslag: Anslag) -> AnslagUt:
    return AnslagUt.model_construct(
        utfall=anslag.utfall,
        horisont_maaneder=HORIZON_MONTHS,
        av_hundre=anslag.av_hundre,
        lav=anslag.lav,
        hoey=anslag.hoey,
        alle_av_hundre=anslag.alle_av_hundre,
        grunnlag_antall=anslag.grunnlag_antall,
        bidrag=[_bidrag(bidrag) for bidrag in anslag.bidrag],
        andre_bidrag=_andre(anslag.andre),
    )


def _bidrag(bidrag: Bidrag) -> BidragUt:
    return BidragUt.model_construct(
        tema=bidrag.tema,
        type=bidrag.type,
        retning=bidrag.retning,
        styrke=bidrag.styrke,
        tekst=bidrag.tekst,
        kilde=bidrag.kilde,
    )


def _andre(andre: AndreBidrag | None) -> AndreBidragUt | None:
    if andre is None:
        return None
    return AndreBidragUt.model_construct(antall=andre.antall, retning=andre.retning, styrke=andre.styrke)


def _begrunnelse(begrunnelse: Begrunnelse) -> BegrunnelseUt:
    avsnitt = [AvsnittUt.model_construct(overskrift=a.overskrift, tekst=a.tekst) for a in begrunnelse.avsnitt]
    return BegrunnelseUt.model_construct(spraak=begrunnelse.spraak, avsnitt=avsnitt)


def _versjoner(approved: Approved) -> VersjonerUt:
    return VersjonerUt.model_construct(
        modell=approved.model_version,
        policy=approved.basis.policy.versjon,
        tekster=approved.basis.tekster.versjon,
        skjema=SKJEMA_VERSJON,
    )
