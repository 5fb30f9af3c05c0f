"""The report tells of explanations in words, figures and tables that anybody can check."""

import csv
import re
from dataclasses import replace
from functools import cache

import pytest

from profilering.risk import Outcome
from profilering.tema import Tema
from tests.explanations_builders import a_quality
from tests.make import some_tekster
from training.explanations.quality import ExplanationQuality
from training.explanations.views import Dependence, DependencePoint, Dot, Swarm
from training.reporting.explanation_figures import dependence_figure, side_by_side_figure, swarm_figure
from training.reporting.explanation_sections import TEMAER, explanation_sections
from training.reporting.figures import Figure
from training.reporting.report import Report, Section, report_html


@cache
def the_sections() -> tuple[Section, ...]:
    return explanation_sections(Outcome.LANGVARIG_STOENAD, "Langvarig stønad", a_quality())


def undrawn() -> ExplanationQuality:
    """Without what the figures show: they take the time."""
    quality = a_quality()
    without = replace(quality.interventional, features=())
    return replace(quality, swarms=(), dependences=(), interventional=without)


def the_figures() -> list[Figure]:
    return [figure for section in the_sections() for figure in section.figures]


def a_dependence(name: str = "alder", *, categorical: bool = False) -> Dependence:
    points = (
        DependencePoint(0.0, 0.0, 30, -0.5, -0.7, -0.2),
        DependencePoint(1.0, 1.0 if categorical else 4.0, 20, 0.25, 0.1, 0.5),
        DependencePoint(None, None, 12, 0.1, 0.0, 0.2),
    )
    return Dependence(name, categorical, points)


def test_the_words_for_themes_are_those_the_veileder_reads() -> None:
    assert {tema.value: word for tema, word in TEMAER.items()} == some_tekster().sections["tema"]


def test_every_figure_is_small_named_for_a_file_and_told_in_words() -> None:
    assert len({figure.name for figure in the_figures()}) == 8
    for figure in the_figures():
        assert re.fullmatch(r"[a-z0-9-]+", figure.name)
        assert len(figure.svg.encode()) < 60_000
        assert f'<title id="{figure.name}-title">{figure.title}' in figure.svg
        assert len(figure.description) > 100
        assert len(list(csv.DictReader(figure.csv.splitlines()))) >= 2


def test_the_same_figure_gives_the_same_bytes() -> None:
    one, two = (dependence_figure("d", "T", a_dependence()) for _ in range(2))
    assert one == two


def test_the_page_warns_that_contributions_are_no_causes_and_speaks_of_no_risk() -> None:
    page = report_html(Report("T", "G", the_sections()))
    assert "De sier ikke hva som er årsak" in page
    assert "risiko" not in page.lower()
    assert "Tid som arbeidssøker" in page


def test_the_share_led_by_health_is_published_even_when_it_must_be_hidden() -> None:
    quality = undrawn()
    led = tuple(replace(s, share=None if s.tema is Tema.HELSE else 0.125) for s in quality.shares.led)
    quality = replace(quality, shares=replace(quality.shares, led=led, resting_on_ytelser=0.375))
    (themes,) = (
        table
        for section in explanation_sections(Outcome.LANGVARIG_STOENAD, "T", quality)
        for table in section.tables
        if table.caption == "Temaer"
    )
    shown = {row[0]: row[-1] for row in themes.rows}
    assert shown == {
        **dict.fromkeys(TEMAER.values(), 0.125),
        "Helse": None,
        "Ytelser veier mer enn alt annet til sammen": 0.375,
    }


def test_broken_promises_stand_in_the_table_by_name() -> None:
    quality = undrawn()
    first = replace(quality.monotone.features[0], violations=7, worst=0.25)
    monotone = replace(quality.monotone, violations=7, features=(first, *quality.monotone.features[1:]))
    checks = explanation_sections(Outcome.LANGVARIG_STOENAD, "T", replace(quality, monotone=monotone))[-1]
    assert "Anslaget gikk feil vei 7 ganger." in " ".join(checks.text)
    assert checks.tables[1].rows[0] == (first.name, "bare øke", first.pairs, 7, 0.25)


def test_values_are_named_by_their_code_or_their_ends() -> None:
    categories = dependence_figure("k", "T", a_dependence("utdanning_bestaatt", categorical=True))
    numbers = dependence_figure("n", "T", a_dependence())
    assert [row["value"] for row in csv.DictReader(categories.csv.splitlines())] == [
        "NEI",
        "VET_IKKE",
        "mangler",
    ]
    assert [row["value"] for row in csv.DictReader(numbers.csv.splitlines())] == ["0", "1–4", "mangler"]
    assert all(f">{word}<" in categories.svg.replace("\n", "") for word in ("VET_IKKE", "mangler"))
    assert "mest ved 1–4 (0,25)" in numbers.description
    assert "mangler" in numbers.svg


def test_the_swarm_tells_where_low_and_high_values_lie() -> None:
    dots = (Dot(-0.5, 40, 0.1), Dot(0.0, 20, None), Dot(0.25, 10, 0.9))
    figure = swarm_figure("s", "T", (Swarm("alder", dots), Swarm("yrke", ())))
    assert (
        "alder: fra −0,50 til 0,25, lave verdier i snitt −0,50, høye verdier i snitt 0,25."
        in figure.description
    )
    assert "yrke: for få personer til å vise." in figure.description
    assert figure.csv.splitlines()[1:] == ["alder,-0.5,40,0.1", "alder,0,20,", "alder,0.25,10,0.9"]


@pytest.mark.parametrize("empty", [Dependence("alder", False, ()), Dependence("yrke", True, ())])
def test_nothing_to_show_is_said_and_not_drawn(empty: Dependence) -> None:
    assert "for få personer" in dependence_figure("d", "T", empty).description
    assert swarm_figure("s", "T", ()).csv.count("\n") == 1
    assert side_by_side_figure("b", "T", ()).csv.count("\n") == 1
