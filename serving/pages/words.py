"""A registrering in words, as the page shows it: every fact that was given, and none that was not."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from models.text_file import ANSWERED_IN, read_tekster, text_path
from profilering.features.catalogue import Grunnlag
from profilering.fylker import FYLKESNAVN
from profilering.registrering import JaNeiVetIkke, Opplysninger, Registrering

_REVIEWED = read_tekster(text_path(ANSWERED_IN)).sections
WORDS: Mapping[str, Mapping[str, str]] = {
    **tomllib.loads((Path(__file__).parent / "ord.toml").read_text("utf-8")),
    # Nothing is named in two places: these have their names in the reviewed texts.
    "tema": _REVIEWED["tema"],
    "styrke": _REVIEWED["ord"],
    "retning": _REVIEWED["ord"],
}
SVAR = Grunnlag.SVAR
NOT_ANSWERED = "Registeret svarte ikke"
NOTHING = "Ingenting registrert"


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the registrering: what it is about and what was said, one text or several."""

    navn: str
    verdier: tuple[str, ...]
    grunnlag: Grunnlag | None = None  # what features of it are computed from; None: it is in no feature
    mangler: bool = False


def word(section: str, code: str) -> str:
    """The word for a code."""
    return WORDS[section][code]


def fylke_text(fylke: str | None) -> str:
    """The name of a fylke, or that it is not known."""
    return FYLKESNAVN.get(fylke or "", "Ikke kjent")


def occupation_text(styrk08: str) -> str:
    """The major group in words, with the code (STYRK-08) for whoever looks it up."""
    return f"{word('yrke', styrk08[0])} ({styrk08})"


def day_text(day: date) -> str:
    """A day as it is written in a letter: 20. mars 2023."""
    return f"{day.day}. {word('maaned', str(day.month))} {day.year}"


def facts_of(registrering: Registrering) -> tuple[Fact, ...]:
    """The answers of the person, in the order they are asked for."""
    return (
        _told("Registrert", SVAR, day_text(registrering.registrert), registrering.registrert),
        _told(
            "Født", Grunnlag.PERSON, str(registrering.foedselsaar or "Ikke kjent"), registrering.foedselsaar
        ),
        _told("Fylke", Grunnlag.PERSON, fylke_text(registrering.fylke), registrering.fylke),
        *_answers(registrering.opplysninger),
        Fact("Ønsker arbeidsevnevurdering", ("Ja" if registrering.oensker_arbeidsevnevurdering else "Nei",)),
    )


def history_of(registrering: Registrering) -> tuple[Fact, ...]:
    """What the registers answered, newest first."""
    historikk = registrering.historikk
    jobs = None if historikk.arbeidsforhold is None else list(_jobs(registrering))
    ytelser = _spells(
        None
        if historikk.ytelser is None
        else [(y.fra, y.til, f"{word('ytelse', y.ytelse)}: ") for y in historikk.ytelser]
    )
    perioder = _spells(
        None if historikk.perioder is None else [(p.startet, p.avsluttet, "") for p in historikk.perioder]
    )
    tiltak = _spells(None if historikk.tiltak is None else [(t.fra, t.til, "") for t in historikk.tiltak])
    return (
        _answered("Arbeidsforhold", Grunnlag.JOBB, _lines(jobs)),
        _answered("Ytelser", Grunnlag.YTELSE, ytelser),
        _answered("Tidligere perioder som arbeidssøker", Grunnlag.PERIODE, perioder),
        _answered("Tiltak", Grunnlag.TILTAK, tiltak),
    )


def _answers(svar: Opplysninger) -> Iterator[Fact]:
    utdanning = svar.utdanning
    nus = utdanning.nus if utdanning else None
    yield _told("Utdanning", SVAR, word("svar", "mangler") if nus is None else word("nus", str(nus)), nus)
    if utdanning and nus is not None and 3 <= nus <= 8:
        yield _answer("Bestått", utdanning.bestaatt)
        yield _answer("Godkjent i Norge", utdanning.godkjent)
    situations = tuple(word("jobbsituasjon", b) for b in sorted(svar.jobbsituasjon or ()))
    yield Fact("Jobbsituasjon", situations or (word("svar", "mangler"),), SVAR, mangler=not situations)
    if svar.styrk08:
        yield Fact("Siste yrke", (occupation_text(svar.styrk08),), Grunnlag.YRKE)
    yield _answer("Hindrer helsen arbeid?", svar.helse)
    yield _answer("Hindrer andre forhold arbeid?", svar.annet)


def _answer(navn: str, svar: JaNeiVetIkke | None) -> Fact:
    return _told(navn, SVAR, word("svar", svar or "mangler"), svar)


def _told(navn: str, grunnlag: Grunnlag, text: str, value: object) -> Fact:
    return Fact(navn, (text,), grunnlag, mangler=value is None)


def _answered(navn: str, grunnlag: Grunnlag, lines: tuple[str, ...]) -> Fact:
    return Fact(navn, lines, grunnlag, mangler=lines == (NOT_ANSWERED,))


def _jobs(registrering: Registrering) -> Iterator[str]:
    newest_first = sorted(registrering.historikk.arbeidsforhold or (), key=lambda j: j.startet, reverse=True)
    for job in newest_first:
        what = "Ukjent yrke" if job.styrk08 is None else occupation_text(job.styrk08)
        share = "" if job.stillingsprosent is None else f", {job.stillingsprosent} prosent"
        yield f"{what}{share}: {_span_text(job.startet, job.sluttet)}"


def _spells(spells: Iterable[tuple[date, date | None, str]] | None) -> tuple[str, ...]:
    if spells is None:
        return _lines(None)
    newest_first = sorted(spells, key=lambda spell: spell[0], reverse=True)
    return _lines([f"{before}{_span_text(start, end)}" for start, end, before in newest_first])


def _span_text(start: date, end: date | None) -> str:
    """Half-open inside, with its last day for people."""
    if end is None:
        return f"fra {day_text(start)}, varer fortsatt"
    return f"{day_text(start)} – {day_text(end - timedelta(days=1))}"


def _lines(lines: list[str] | None) -> tuple[str, ...]:
    if lines is None:
        return (NOT_ANSWERED,)
    return tuple(lines) or (NOTHING,)
