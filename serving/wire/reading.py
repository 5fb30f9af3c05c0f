"""From the wire to what was known on the day: the only parsing of a registrering.

Answers that contradict each other are accepted, named in `motstrid` and count as not known:
NAV writes these rules but does not enforce them, so such registrations do arrive (nav.md 1.3).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias
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
    ArbeidsforholdInn,
    HistorikkInn,
    JobbsituasjonInn,
    OpplysningerInn,
    ProfileringForespoersel,
    UtdanningInn,
)
from serving.wire.strict_json import JsonValue

OSLO = ZoneInfo("Europe/Oslo")
NUS_WITHOUT_QUESTIONS = (0, 1, 2, 9)
"""Levels at which NAV asks for neither bestaatt nor godkjent (ValiderUtdanning.kt)."""
ONE_DAY = timedelta(days=1)
SVAR = {svar: JaNeiVetIkke(svar) for svar in WireSvar if svar.value in set(JaNeiVetIkke)}
BESKRIVELSE = {each: Beskrivelse(each) for each in WireBeskrivelse if each.value in set(Beskrivelse)}
"""What says something; the codes beside these say that nothing is known."""
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
class _Words:
    """What one list of spells and their dates are called, so that a fault can be named."""

    liste: str
    start: str
    end: str
    what: str

    def faults(self, index: int, start: date, end: date | None, registrert: date) -> Iterator[FieldFault]:
        """What is wrong with the dates of one spell."""
        at = f"/historikk/{self.liste}/{index}"
        if start > registrert:
            yield FieldFault(f"{at}/{self.start}", f"{self.start} er etter dagen for registreringen.")
        if end is None or end == OPEN_END:
            return
        hint = f"Utelat {self.end} hvis {self.what} fortsatt varer."
        if end < start:
            yield FieldFault(f"{at}/{self.end}", f"{self.end} er før {self.start}. {hint}")
        if end > registrert:
            yield FieldFault(f"{at}/{self.end}", f"{self.end} er etter dagen for registreringen. {hint}")


_JOBB = _Words("arbeidsforhold", "startdato", "sluttdato", "arbeidsforholdet")
_YTELSE = _Words("ytelser", "fom", "tom", "ytelsen")
_PERIODE = _Words("tidligerePerioder", "startet", "avsluttet", "perioden")
_TILTAK = _Words("tiltak", "fom", "tom", "tiltaket")
_Spell: TypeAlias = tuple[_Words, int, date, date | None]


def _own_faults(wire: ProfileringForespoersel, registrert: date) -> Iterator[FieldFault]:
    year = wire.person.foedselsaar
    if year is not None and year > registrert.year:
        yield FieldFault("/person/foedselsaar", "foedselsaar er etter året for registreringen.")
    inside = wire.opplysninger_om_arbeidssoeker.periode_id
    if inside is not None and inside != wire.periode_id:
        yield FieldFault("/opplysningerOmArbeidssoeker/periodeId", "Er en annen enn periodeId utenfor.")


def _date_faults(historikk: HistorikkInn, registrert: date) -> Iterator[FieldFault]:
    for words, index, start, end in _spells(historikk):
        if start <= registrert and (end is None or start <= end <= registrert):
            continue  # nearly all: nothing is written where nothing is wrong
        yield from words.faults(index, start, end, registrert)


def _spells(historikk: HistorikkInn) -> Iterator[_Spell]:
    for i, job in enumerate(historikk.arbeidsforhold or ()):
        yield _JOBB, i, job.startdato, job.sluttdato
    for i, ytelse in enumerate(historikk.ytelser or ()):
        yield _YTELSE, i, ytelse.fom, ytelse.tom
    for i, periode in enumerate(historikk.tidligere_perioder or ()):
        yield _PERIODE, i, periode.startet, periode.avsluttet
    for i, tiltak in enumerate(historikk.tiltak or ()):
        yield _TILTAK, i, tiltak.fom, tiltak.tom


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
    if bestaatt is None and godkjent is None:
        return Utdanning(nus, None, None), ()
    given = {"utdanning.bestaatt": bestaatt, "utdanning.godkjent": godkjent}
    motstrid = tuple(fact for fact, answer in given.items() if answer is not None)
    return Utdanning(nus, None, None), motstrid


def _jobbsituasjon(
    wire: JobbsituasjonInn,
) -> tuple[frozenset[Beskrivelse] | None, str | None, tuple[str, ...]]:
    """What is stated of the job, the occupation, and what contradicts itself.

    A contradiction takes the occupation with it: it was given as a detail of what is not known.
    """
    given = [item.beskrivelse for item in wire.beskrivelser]
    stated = frozenset([BESKRIVELSE[each] for each in given if each in BESKRIVELSE])
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
    return None if wire is None else SVAR.get(wire)


def _historikk(wire: HistorikkInn) -> Historikk:
    """The registers' answers in the order received; inclusive last days become half-open ends."""
    jobs, ytelser = wire.arbeidsforhold, wire.ytelser
    perioder, tiltak = wire.tidligere_perioder, wire.tiltak
    return Historikk(
        arbeidsforhold=None if jobs is None else tuple([_arbeidsforhold(job) for job in jobs]),
        ytelser=None
        if ytelser is None
        else tuple([Ytelse(y.ytelse, y.fom, _day_after(y.tom)) for y in ytelser]),
        perioder=None
        if perioder is None
        else tuple([Periode(p.startet, _closed(p.avsluttet)) for p in perioder]),
        tiltak=None if tiltak is None else tuple([Tiltak(t.fom, _day_after(t.tom)) for t in tiltak]),
    )


def _arbeidsforhold(job: ArbeidsforholdInn) -> Arbeidsforhold:
    prosent = _nearest(job.stillingsprosent)
    return Arbeidsforhold(job.startdato, _day_after(job.sluttdato), prosent, job.styrk08)


def _closed(end: date | None) -> date | None:
    return None if end == OPEN_END else end


def _day_after(last: date | None) -> date | None:
    return None if last is None or last == OPEN_END else last + ONE_DAY


def _nearest(prosent: float | None) -> int | None:
    return None if prosent is None else min(100, int(prosent + 0.5))
