"""From what a text says, as values, to how it stands on the wire."""

from collections.abc import Sequence
from uuid import UUID

from profilering.begrunnelse import Avsnitt
from profilering.endring import Endring
from profilering.utdypning import Grense, Opplysning, Regnestykke, TemaBidrag, Utdypning
from serving.stored import StoredCase
from serving.wire.answer_schemas import AvsnittUt, JournalUt
from serving.wire.codes import WireRegel
from serving.wire.text_schemas import (
    EndretForslagUt,
    EndretOpplysningUt,
    EndretTallUt,
    EndringSvar,
    GrenseUt,
    OpplysningUt,
    RegelUt,
    RegnestykkeUt,
    TemaUt,
    UtdypningUt,
)


def avsnitt_ut(avsnitt: Sequence[Avsnitt]) -> list[AvsnittUt]:
    """The sections of a text."""
    return [AvsnittUt(overskrift=each.overskrift, tekst=each.tekst) for each in avsnitt]


def utdypning_ut(utdypning: Utdypning, case: StoredCase) -> UtdypningUt:
    """The whole sum, with what it stood on."""
    regel, receipt = utdypning.regel, case.entry.receipt
    return UtdypningUt.model_construct(
        regel=RegelUt.model_construct(
            kode=WireRegel(regel.kode),
            forslag=regel.forslag,
            kilde=regel.kilde,
            forklaring=regel.forklaring,
        ),
        vist=utdypning.vist,
        kjent=case.registrering.registrert,
        regnestykker=[_regnestykke(stykke) for stykke in utdypning.regnestykker],
        versjoner=dict(case.versjoner),
        digester=case.digester.model_dump(exclude_none=True),
        journal=JournalUt(nummer=receipt.number, digest=receipt.digest),
    )


def endring_ut(endring: Endring, case_id: UUID, before: UUID) -> EndringSvar:
    """The difference between two profileringer, changed or not."""
    return EndringSvar.model_construct(
        id=case_id,
        erstatter=before,
        spraak=endring.spraak,
        andre_versjoner=list(endring.andre_versjoner),
        opplysninger=[
            EndretOpplysningUt.model_construct(navn=o.navn, foer=o.foer, naa=o.naa)
            for o in endring.opplysninger
        ],
        tall=[
            EndretTallUt.model_construct(
                utfall=tall.utfall,
                foer=tall.foer,
                naa=tall.naa,
                grense_foer=tall.grense_foer,
                grense=tall.grense,
                naadd_foer=tall.naadd_foer,
                naadd_naa=tall.naadd_naa,
            )
            for tall in endring.tall
        ],
        forslag=EndretForslagUt.model_construct(
            foer=endring.forslag_foer,
            naa=endring.forslag_naa,
            regel_foer=WireRegel(endring.regel_foer),
            regel_naa=WireRegel(endring.regel_naa),
        ),
        avsnitt=avsnitt_ut(endring.avsnitt),
    )


def _regnestykke(stykke: Regnestykke) -> RegnestykkeUt:
    return RegnestykkeUt.model_construct(
        utfall=stykke.utfall,
        navn=stykke.navn,
        grunnlinje=stykke.grunnlinje,
        temaer=[_tema(tema) for tema in stykke.temaer],
        sum=stykke.sum,
        log_odds=stykke.log_odds,
        sannsynlighet=stykke.sannsynlighet,
        grense=None if stykke.grense is None else _grense(stykke.grense),
        modell=stykke.modell,
    )


def _tema(tema: TemaBidrag) -> TemaUt:
    return TemaUt.model_construct(
        tema=tema.tema,
        navn=tema.navn,
        type=tema.type,
        log_odds=tema.log_odds,
        retning=tema.retning,
        opplysninger=[_opplysning(opplysning) for opplysning in tema.opplysninger],
    )


def _opplysning(opplysning: Opplysning) -> OpplysningUt:
    return OpplysningUt.model_construct(
        navn=opplysning.navn,
        tekst=opplysning.tekst,
        verdi=opplysning.verdi,
        kode=opplysning.kode,
        enhet=opplysning.enhet,
        mangler=opplysning.verdi is None,
        kilde=opplysning.kilde,
        log_odds=opplysning.log_odds,
        retning=opplysning.retning,
    )


def _grense(grense: Grense) -> GrenseUt:
    return GrenseUt.model_construct(
        regel=WireRegel(grense.regel),
        sannsynlighet=grense.sannsynlighet,
        kostnadsforhold=grense.kostnadsforhold,
        kilde=grense.kilde,
        naadd=grense.naadd,
    )
