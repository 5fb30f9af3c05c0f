"""NAV's rule of today, case by case from a table, and the calendar it counts months with."""

import tomllib
from calendar import monthrange
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profilering.nav_regel import ProfilertTil, dagens_regel, period_between, tags_of
from profilering.registrering import (
    Arbeidsforhold,
    Beskrivelse,
    Egenvurdering,
    Historikk,
    JaNeiVetIkke,
    Livsoppholdsytelse,
    Opplysninger,
    Periode,
    Registrering,
    Tiltak,
    Utdanning,
    Ytelse,
)

TABLE = tomllib.loads((Path(__file__).parent / "cases" / "nav_regel.toml").read_text(encoding="utf-8"))
VANLIG: dict[str, Any] = TABLE["vanlig"]
TILFELLER: list[dict[str, Any]] = TABLE["tilfelle"]
EXPECTED = {"setning", "resultat", "tagger"}


def a_registrering(**differences: Any) -> Registrering:
    """Build the ordinary case of the table with the differences a case names."""
    facts = {**VANLIG, **differences}
    return Registrering(
        registrert=facts["registrert"],
        foedselsaar=None if facts["foedselsaar"] == "UKJENT" else facts["foedselsaar"],
        fylke=None,
        opplysninger=Opplysninger(
            utdanning=None if facts["utdanning"] == "IKKE_SPURT" else utdanning_of(facts["utdanning"]),
            helse=None if facts["helse"] == "IKKE_SPURT" else JaNeiVetIkke(facts["helse"]),
            annet_gitt=facts["annet"] != "IKKE_SPURT",
            annet=None if facts["annet"] in ("IKKE_SPURT", "UBESVART") else JaNeiVetIkke(facts["annet"]),
            jobbsituasjon=None,
            styrk08=None,
        ),
        historikk=Historikk(
            arbeidsforhold=jobs_of(facts["arbeidsforhold"]), ytelser=None, perioder=None, tiltak=None
        ),
        soeker_ytelse=frozenset(),
        oensker_arbeidsevnevurdering=False,
        egenvurdering=None,
    )


def utdanning_of(stated: dict[str, Any]) -> Utdanning:
    """Read one stated education of the table; UBESVART is no answer inside the section."""

    def answer(key: str) -> JaNeiVetIkke | None:
        return None if stated[key] == "UBESVART" else JaNeiVetIkke(stated[key])

    nus = None if stated["nus"] == "UBESVART" else stated["nus"]
    return Utdanning(nus=nus, bestaatt=answer("bestaatt"), godkjent=answer("godkjent"))


def jobs_of(stated: list[dict[str, date]] | str) -> tuple[Arbeidsforhold, ...] | None:
    """Read jobs as the edge does: the register's last day, included, becomes the day after it."""
    if isinstance(stated, str):
        assert stated == "REGISTERET_SVARTE_IKKE"
        return None
    return tuple(a_job(job["fra"], job.get("til")) for job in stated)


def a_job(startdato: date, sluttdato: date | None) -> Arbeidsforhold:
    sluttet = None if sluttdato is None else sluttdato + timedelta(days=1)
    return Arbeidsforhold(startet=startdato, sluttet=sluttet, stillingsprosent=None, styrk08=None)


@pytest.mark.parametrize("tilfelle", TILFELLER, ids=lambda tilfelle: tilfelle["setning"])
def test_the_rule_answers_as_nav_does(tilfelle: dict[str, Any]) -> None:
    differences = {key: value for key, value in tilfelle.items() if key not in EXPECTED}
    registrering = a_registrering(**differences)
    tags = tags_of(registrering)
    is_set = {field.name.upper() for field in fields(tags) if getattr(tags, field.name)}
    assert is_set == set(tilfelle["tagger"])
    assert dagens_regel(registrering) is ProfilertTil(tilfelle["resultat"])


def test_every_case_of_the_table_says_what_it_is_about_and_nothing_unread() -> None:
    sentences = [tilfelle["setning"] for tilfelle in TILFELLER]
    assert len(sentences) == len(set(sentences))
    for tilfelle in TILFELLER:
        assert tilfelle.keys() >= EXPECTED, tilfelle["setning"]
        assert tilfelle.keys() <= EXPECTED | VANLIG.keys(), tilfelle["setning"]


def test_the_registers_last_day_worked_is_not_counted() -> None:
    """NAV reads the inclusive sluttdato as an exclusive end; 1 September-28 February falls short."""
    job = a_job(date(2025, 9, 1), date(2026, 2, 28))
    assert job.sluttet == date(2026, 3, 1)
    assert period_between(job.startet, job.sluttet) == (6, 0)
    assert period_between(job.startet, date(2026, 2, 28)) == (5, 27)
    registrering = a_registrering(arbeidsforhold=[{"fra": date(2025, 9, 1), "til": date(2026, 2, 28)}])
    assert not tags_of(registrering).oppfyller_krav_til_arbeidserfaring


def test_nothing_else_that_is_known_changes_the_answer() -> None:
    plain = a_registrering()
    day = date(2024, 1, 1)
    rich = replace(
        plain,
        fylke="46",
        opplysninger=replace(
            plain.opplysninger, jobbsituasjon=frozenset({Beskrivelse.ALDRI_HATT_JOBB}), styrk08="7223"
        ),
        historikk=replace(
            plain.historikk,
            arbeidsforhold=tuple(
                replace(job, stillingsprosent=1, styrk08="9112")
                for job in plain.historikk.arbeidsforhold or ()
            ),
            ytelser=(Ytelse(Livsoppholdsytelse.AAP, day, None),),
            perioder=(Periode(day, day + timedelta(days=90)),),
            tiltak=(Tiltak(day, None),),
        ),
        soeker_ytelse=frozenset({Livsoppholdsytelse.UFOERETRYGD}),
        oensker_arbeidsevnevurdering=True,
        egenvurdering=Egenvurdering.ANTATT_BEHOV_FOR_VEILEDNING,
        motstrid=("jobbsituasjon",),
    )
    assert tags_of(rich) == tags_of(plain)
    assert dagens_regel(rich) is dagens_regel(plain) is ProfilertTil.ANTATT_GODE_MULIGHETER


def test_dates_at_the_ends_of_the_calendar_are_borne() -> None:
    """Registers write 9999-12-31 for "no end"; Java's calendar is wider than Python's."""
    odd = (
        Arbeidsforhold(date.min, date.max, None, None),
        Arbeidsforhold(date.min, date.min + timedelta(days=1), None, None),
        Arbeidsforhold(date.max, None, None, None),
    )
    plain = a_registrering(arbeidsforhold=[])
    for jobs in (odd, odd[::-1]):
        registrering = replace(plain, historikk=replace(plain.historikk, arbeidsforhold=jobs))
        assert tags_of(registrering).oppfyller_krav_til_arbeidserfaring


@pytest.mark.parametrize(
    ("start", "end", "months_and_days"),
    [
        ("2026-01-31", "2026-02-28", (0, 28)),
        ("2024-01-31", "2024-02-29", (0, 29)),
        ("2026-01-31", "2026-03-01", (1, 1)),
        ("2023-08-30", "2024-02-29", (5, 30)),
        ("2024-02-29", "2025-02-28", (11, 30)),
        ("2024-02-29", "2025-03-01", (12, 1)),
        ("2025-08-31", "2026-02-28", (5, 28)),
        ("2025-03-02", "2026-03-02", (12, 0)),
        ("2023-02-28", "2024-02-29", (12, 1)),
        ("2025-12-31", "2025-12-31", (0, 0)),
        ("2026-03-31", "2026-02-28", (-1, -3)),
        ("2026-02-28", "2026-02-10", (0, -18)),
        ("2026-02-28", "2026-01-31", (0, -28)),
        ("2026-03-01", "2026-01-31", (-1, -1)),
        ("2024-03-31", "2023-02-28", (-13, -3)),
    ],
)
def test_months_are_counted_as_java_counts_them(
    start: str, end: str, months_and_days: tuple[int, int]
) -> None:
    """The values were printed by java.time.Period.between of OpenJDK 17."""
    assert period_between(date.fromisoformat(start), date.fromisoformat(end)) == months_and_days


@given(start=st.dates(date(1999, 1, 1), date(2030, 1, 1)), length_days=st.integers(0, 800))
def test_whole_months_are_those_a_walk_through_the_calendar_passes(start: date, length_days: int) -> None:
    """Independent definition: walk day by day and count each time the day of the month is reached.

    In a month too short for that day it is reached on the next month's first day, and the
    days left over are then counted from the short month's last day.
    """
    months, anchor = 0, start
    for offset in range(1, length_days + 1):
        day = start + timedelta(days=offset)
        day_before = day - timedelta(days=1)
        if day.day == start.day:
            months, anchor = months + 1, day
        elif day.day == 1 and start.day > monthrange(day_before.year, day_before.month)[1]:
            months, anchor = months + 1, day_before
    end = start + timedelta(days=length_days)
    assert period_between(start, end) == (months, (end - anchor).days)
