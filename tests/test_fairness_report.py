"""The fairness pages: what is drawn, told and listed was measured, and nothing is about fewer than ten."""

import csv
import re
from dataclasses import replace

import numpy as np
import pytest

from training.fairness.fairness import Fairness, measure_fairness
from training.reporting.fairness_sections import fairness_sections
from training.reporting.report import Report, report_html, report_json
from training.reporting.small_multiples import furthest_off, group_figure

LONG = "et navn som er altfor langt til å stå på en akse"
GAPS = ("calibration_gap", "fnr_gap", "fpr_ratio")


@pytest.fixture(scope="module")
def found() -> Fairness:
    """Three groups of two columns; one is estimated too high, one has 7 people, one 220."""
    generator = np.random.default_rng(1)
    estimate = generator.beta(2, 4, 3_000).round(3)
    outcome = (generator.random(3_000) < estimate).astype(np.float64)
    fylke = ["$x_1"] * 1_000 + ["46"] * 1_773 + [LONG] * 220 + ["liten"] * 7
    estimate[:1_000] = np.minimum(estimate[:1_000] + 0.15, 1.0)
    return measure_fairness(
        {"fylke": fylke, "kjoenn": generator.choice(["K", "M"], 3_000).tolist()},
        outcome,
        estimate,
        np.arange(3_000),
        threshold=0.5,
        seed=1,
        bootstraps=50,
    )


def test_the_tables_give_intervals_verdicts_and_the_threshold(found: Fairness) -> None:
    groups, crossings = fairness_sections("Langvarig stønad", "grupper", found)
    assert groups.heading == "Grupper: Langvarig stønad"
    assert crossings.heading == "Kryssede grupper: Langvarig stønad"
    captions = [table.caption for table in groups.tables]
    assert captions == ["fylke", "fylke: forskjeller", "kjoenn", "kjoenn: forskjeller"]
    figures, gaps = groups.tables[:2]
    assert [row[0] for row in figures.rows] == ["alle", "$x_1", "46"]
    assert all(re.fullmatch(r"0,\d\d \(0,\d\d–0,\d\d\)", str(cell)) for cell in figures.rows[1][3:])
    assert re.fullmatch(r"0,1\d\d \(0,1\d\d–0,1\d\d\)", str(gaps.rows[0][1]))
    assert gaps.rows[0][2] == "påvist forskjell, p < 0,001"
    assert "0,500 eller mer" in " ".join(groups.text)
    assert crossings.tables[0].caption == "Kryssede grupper med påvist forskjell"


def test_the_pages_say_that_no_verdict_is_an_approval(found: Fairness) -> None:
    page = report_html(Report("Tittel", "Grenser", fairness_sections("Prøve", "grupper", found)))
    assert "aldri opplysninger i modellen" in page
    assert "Ingen av dommene er en godkjenning" in page
    assert "bestått" not in page
    assert "risiko" not in page


def test_groups_too_small_to_show_stand_nowhere_but_in_the_count(found: Fairness) -> None:
    sections = fairness_sections("Prøve", "grupper", found)
    report = Report("Tittel", "Grenser", sections)
    # The 220 are hidden too: alone, the 7 could be worked out.
    for text in (report_html(report), report_json(report), *(f.csv for s in sections for f in s.figures)):
        assert "liten" not in text
        assert LONG not in text
    assert "2 er for små til å vises" in " ".join(sections[0].text)
    assert "2 grupper vises ikke" in sections[0].figures[0].description


def test_a_figure_lists_the_points_it_draws_and_tells_the_worst(found: Fairness) -> None:
    figure = group_figure("grupper-1", "Fylke", found.groups[:4], found.everyone)
    rows = list(csv.DictReader(figure.csv.splitlines()))
    assert {row["figure"] for row in rows} == {"skjedde", "anslag", "overses", "feilaktig høyt", "AUC"}
    assert {row["value"] for row in rows} == {"$x_1", "46"}
    first = found.groups[0]
    assert first.fnr is not None
    (fnr,) = (row for row in rows if (row["value"], row["figure"]) == ("$x_1", "overses"))
    told = [float(fnr[name]) for name in ("estimate", "low", "high")]
    assert told == pytest.approx([first.fnr.value, first.fnr.low, first.fnr.high], abs=1e-6)
    assert "Størst avvik: $x_1" in figure.description
    assert figure.svg.count("<title") == 1
    assert "Fylke" in figure.svg


def test_the_same_groups_give_the_same_bytes(found: Fairness) -> None:
    one, two = (group_figure("grupper-1", "Fylke", found.groups, found.everyone) for _ in range(2))
    assert one == two


def test_what_cannot_be_tested_is_drawn_hollow(found: Fairness) -> None:
    drawn = [group for group in found.groups if group.column == "kjoenn"]
    untested = [
        replace(g, **{name: replace(getattr(g, name), verdict="kan ikke testes") for name in GAPS})
        for g in drawn
    ]
    hollow = "fill: #ffffff; stroke: #0b5394"
    legend_only = group_figure("a", "Kjønn", drawn).svg.count(hollow)
    assert group_figure("a", "Kjønn", untested).svg.count(hollow) > legend_only


def test_long_names_are_cut_on_the_axis_only() -> None:
    generator = np.random.default_rng(2)
    estimate = generator.random(600)
    found = measure_fairness(
        {"fylke": [LONG] * 300 + ["46"] * 300},
        (generator.random(600) < estimate).astype(np.float64),
        estimate,
        np.arange(600),
        threshold=0.5,
        seed=1,
        bootstraps=5,
    )
    figure = group_figure("a", "Fylke", found.groups)
    assert LONG in figure.csv
    assert LONG not in figure.svg.split("</desc>")[1]


def test_groups_of_several_columns_are_named_by_column_too(found: Fairness) -> None:
    figure = group_figure("a", "Alle", found.groups, found.everyone)
    for name in ("kjoenn: K", "kjoenn: M", "fylke: 46"):
        assert f">{name}<" in figure.svg
    assert "Størst avvik: fylke: $x_1" in figure.description
    assert ">K<" in group_figure("a", "Kjønn", found.groups[-2:]).svg


def test_crossings_drawn_are_those_furthest_off(found: Fairness) -> None:
    worst = furthest_off(found.crossings, 2)
    assert [group.value for group in worst if "$x_1" in str(group.value)] == [g.value for g in worst]
    assert len(furthest_off(found.crossings, 100)) < len(found.crossings)


def test_nothing_to_group_by_gives_no_section(found: Fairness) -> None:
    assert fairness_sections("Prøve", "grupper", replace(found, groups=(), crossings=())) == ()
