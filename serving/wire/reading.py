"""From the wire to what was known on the day: the only parsing of a registrering.

Answers that contradict each other are accepted, named in `motstrid` and count as not known:
NAV writes these rules but does not enforce them, so such registrations do arrive (nav.md 1.3).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from profilering.registrering import (
    Arbeidsforhold,
    Beskrivelse,
    Historikk,
    JaNeiVetIkke,
    Opplysninger,
    Periode,
    Registrering,
    Tiltak,
    Utdanning,
    Ytelse,
)
from serving.wire.codes import WireBeskrivelse, WireSvar
from serving.wire.problems import FieldFault, RefusedError, faults_of, invalid
from serving.wire.scalars import OPEN_END, UNREADABLE
from serving.wire.schemas import (
    KNOWN_NAMES,
    HistorikkInn,
    JobbsituasjonInn,
    OpplysningerInn,
    ProfileringForespoersel,
    UtdanningInn,
)
from serving.wire.strict_json import JsonValue

W = TypeVar("W")
D = TypeVar("D")

OSLO = ZoneInfo("Europe/Oslo")
NUS_WITHOUT_QUESTIONS = (0, 1, 2, 9)
"""Levels at which NAV asks for neither bestaatt nor godkjent (ValiderUtdanning.kt)."""
NOT_WITH_NEVER_WORKED = {
    Beskrivelse.ER_PERMITTERT,
    Beskrivelse.DELTIDSJOBB_VIL_MER,
    Beskrivelse.MIDLERTIDIG_JOBB,
    Beskrivelse.KONKURS,
    Beskrivelse.USIKKER_JOBBSITUASJON,
}
"""What nobody can be who never had a job (ValiderBeskrivelser.kt)."""


def forespoersel_of(value: JsonValue) -> ProfileringForespoersel:
    """Hold a body that was read to the schema. Raises RefusedError naming the fields (422)."""
    try:
        return ProfileringForespoersel.model_validate(value)
    except ValidationError as error:
        problem = invalid(faults_of(error, KNOWN_NAMES))
    # Outside the handler, so that the library's error with the body in it does not hang on ours.
    raise RefusedError(problem)


def registrering_of(wire: ProfileringForespoersel) -> Registrering:
    """Turn one request into what was known. Raises RefusedError for dates that cannot be (422)."""
    registrert = wire.opplysninger_om_arbeidssoeker.sendt_inn_av.tidspunkt.astimezone(OSLO).date()
    faults = [*_own_faults(wire, registrert), *_date_faults(wire.historikk, registrert)]
    if faults:
        raise RefusedError(invalid(faults))
    opplysninger, motstrid = _opplysninger(wire.opplysninger_om_arbeidssoeker)
    return Registrering(
        registrert=registrert,
        foedselsaar=wire.person.foedselsaar,
        fylke=wire.person.fylke,
        opplysninger=opplysninger,
        historikk=_historikk(wire.historikk),
        soeker_ytelse=frozenset(wire.soeker_ytelse),
        oensker_arbeidsevnevurdering=wire.oensker_arbeidsevnevurdering,
        egenvurdering=wire.egenvurdering,
        motstrid=motstrid,
    )


@dataclass(frozen=True, slots=True)
class _Spell:
    """A spell with the names its dates have on the wire, so that a fault can be named."""

    peker: str
    start_name: str
    start: date
    end_name: str
    end: date | None
    what: str


def _own_faults(wire: ProfileringForespoersel, registrert: date) -> Iterator[FieldFault]:
    year = wire.person.foedselsaar
    if year is not None and year > registrert.year:
        yield FieldFault("/person/foedselsaar", "foedselsaar er etter året for registreringen.")
    inside = wire.opplysninger_om_arbeidssoeker.periode_id
    if inside is not None and inside != wire.periode_id:
        yield FieldFault("/opplysningerOmArbeidssoeker/periodeId", "Er en annen enn periodeId utenfor.")


def _date_faults(historikk: HistorikkInn, registrert: date) -> Iterator[FieldFault]:
    for spell in _spells(historikk):
        start, end = f"{spell.peker}/{spell.start_name}", f"{spell.peker}/{spell.end_name}"
        if spell.start > registrert:
            yield FieldFault(start, f"{spell.start_name} er etter dagen for registreringen.")
        if spell.end is None or spell.end == OPEN_END:
            continue
        hint = f"Utelat {spell.end_name} hvis {spell.what} fortsatt varer."
        if spell.end < spell.start:
            yield FieldFault(end, f"{spell.end_name} er før {spell.start_name}. {hint}")
        if spell.end > registrert:
            yield FieldFault(end, f"{spell.end_name} er etter dagen for registreringen. {hint}")


def _spells(historikk: HistorikkInn) -> Iterator[_Spell]:
    at = "/historikk"
    for i, job in enumerate(historikk.arbeidsforhold or ()):
        peker = f"{at}/arbeidsforhold/{i}"
        yield _Spell(peker, "startdato", job.startdato, "sluttdato", job.sluttdato, "arbeidsforholdet")
    for i, ytelse in enumerate(historikk.ytelser or ()):
        yield _Spell(f"{at}/ytelser/{i}", "fom", ytelse.fom, "tom", ytelse.tom, "ytelsen")
    for i, periode in enumerate(historikk.tidligere_perioder or ()):
        peker = f"{at}/tidligerePerioder/{i}"
        yield _Spell(peker, "startet", periode.startet, "avsluttet", periode.avsluttet, "perioden")
    for i, tiltak in enumerate(historikk.tiltak or ()):
        yield _Spell(f"{at}/tiltak/{i}", "fom", tiltak.fom, "tom", tiltak.tom, "tiltaket")


def _opplysninger(wire: OpplysningerInn) -> tuple[Opplysninger, tuple[str, ...]]:
    utdanning, utdanning_motstrid = _utdanning(wire.utdanning)
    jobbsituasjon, styrk08, jobb_motstrid = _jobbsituasjon(wire.jobbsituasjon)
    opplysninger = Opplysninger(
        utdanning=utdanning,
        helse=_svar(wire.helse.helsetilstand_hindrer_arbeid) if wire.helse else None,
        annet_gitt=wire.annet is not None,
        annet=_svar(wire.annet.andre_forhold_hindrer_arbeid) if wire.annet else None,
        jobbsituasjon=jobbsituasjon,
        styrk08=styrk08,
    )
    return opplysninger, (*utdanning_motstrid, *jobb_motstrid)


def _utdanning(wire: UtdanningInn | None) -> tuple[Utdanning | None, tuple[str, ...]]:
    if wire is None:
        return None, ()
    bestaatt, godkjent = _svar(wire.bestaatt), _svar(wire.godkjent)
    if wire.nus == UNREADABLE:
        return Utdanning(None, bestaatt, godkjent), ("utdanning.nus",)
    nus = int(wire.nus)
    if nus not in NUS_WITHOUT_QUESTIONS:
        return Utdanning(nus, bestaatt, godkjent), ()
    given = {"utdanning.bestaatt": bestaatt, "utdanning.godkjent": godkjent}
    motstrid = tuple(fact for fact, answer in given.items() if answer is not None)
    return Utdanning(nus, None, None), motstrid


def _jobbsituasjon(
    wire: JobbsituasjonInn,
) -> tuple[frozenset[Beskrivelse] | None, str | None, tuple[str, ...]]:
    """What is stated of the job, the occupation, and what contradicts itself.

    A contradiction takes the occupation with it: it was given as a detail of what is not known.
    """
    stated = frozenset(
        Beskrivelse(item.beskrivelse)
        for item in wire.beskrivelser
        if item.beskrivelse not in (WireBeskrivelse.UKJENT_VERDI, WireBeskrivelse.UDEFINERT)
    )
    details = [item.detaljer for item in wire.beskrivelser]
    unreadable = any(UNREADABLE in vars(detail).values() for detail in details)
    motstrid = ("jobbsituasjon.detaljer",) if unreadable else ()
    if _contradicts_itself(stated):
        return None, None, ("jobbsituasjon.beskrivelser", *motstrid)
    codes = (detail.stilling_styrk08 for detail in details)
    styrk08 = next((code for code in codes if code not in (None, UNREADABLE)), None)
    return stated or None, styrk08, motstrid


def _contradicts_itself(stated: frozenset[Beskrivelse]) -> bool:
    never = Beskrivelse.ALDRI_HATT_JOBB in stated and not stated.isdisjoint(NOT_WITH_NEVER_WORKED)
    laid_off = {Beskrivelse.ER_PERMITTERT, Beskrivelse.IKKE_VAERT_I_JOBB_SISTE_2_AAR} <= stated
    return never or laid_off


def _svar(wire: WireSvar | None) -> JaNeiVetIkke | None:
    return None if wire is None or wire is WireSvar.UKJENT_VERDI else JaNeiVetIkke(wire)


def _historikk(wire: HistorikkInn) -> Historikk:
    """The registers' answers in the order received; inclusive last days become half-open ends."""
    return Historikk(
        arbeidsforhold=_each(
            wire.arbeidsforhold,
            lambda j: Arbeidsforhold(
                j.startdato, _day_after(j.sluttdato), _nearest(j.stillingsprosent), j.styrk08
            ),
        ),
        ytelser=_each(wire.ytelser, lambda y: Ytelse(y.ytelse, y.fom, _day_after(y.tom))),
        perioder=_each(
            wire.tidligere_perioder,
            lambda p: Periode(p.startet, None if p.avsluttet == OPEN_END else p.avsluttet),
        ),
        tiltak=_each(wire.tiltak, lambda t: Tiltak(t.fom, _day_after(t.tom))),
    )


def _each(items: Sequence[W] | None, become: Callable[[W], D]) -> tuple[D, ...] | None:
    return None if items is None else tuple(become(item) for item in items)


def _day_after(last: date | None) -> date | None:
    return None if last is None or last == OPEN_END else last + timedelta(days=1)


def _nearest(prosent: float | None) -> int | None:
    return None if prosent is None else min(100, int(prosent + 0.5))
