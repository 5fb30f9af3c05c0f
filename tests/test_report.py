"""The report: one page without script, readable aloud and in print, the same bytes each time."""

import csv
import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profilering.errors import SetupError
from training.benchmark import BenchmarkResult, ModelResult, Note, What, benchmark_report
from training.evaluation.bootstrap import Interval
from training.evaluation.evaluate import CurveBin, calibration_curve, evaluate
from training.fairness.fairness import measure_fairness
from training.fairness.groups import FEWEST_SHOWN
from training.fairness.suppression import shown_bins
from training.reporting.figures import calibration_figure
from training.reporting.report import Report, Section, Table, report_html, report_json, write_report


class Tags(HTMLParser):
    """Collects the tags, ids and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.text: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(str(value))
            if name in {"src", "href", "xlink:href"}:
                self.links.append(str(value))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def a_result() -> BenchmarkResult:
    """Two models on people of two groups, one of them too small to be shown."""
    generator = np.random.default_rng(1)
    estimates = generator.random(600)
    outcome = (generator.random(600) < estimates).astype(np.float64)
    groups = ["K"] * 400 + ["M"] * 194 + [None] * 6
    models = tuple(
        ModelResult(
            model=name,
            metrics=evaluate(outcome, estimates, None, seed=1, bootstraps=20),
            curve=calibration_curve(outcome, estimates, None),
            fairness=measure_fairness(
                {"kjoenn": groups},
                outcome,
                estimates,
                np.arange(600),
                threshold=0.75,
                seed=1,
                bootstraps=20,
            ),
            before=None,
        )
        for name in ("lightgbm", "logistic")
    )
    return BenchmarkResult(
        name="<eget> & register",
        n=600,
        base=float(outcome.mean()),
        models=models,
        auc_gain=Interval(0.01, -0.02, 0.04),
        notes=(Note(What.UNSEEN_CATEGORY, "county", 17), Note(What.OUTSIDE_SPLIT, "year", 12)),
    )


def a_curve(*, had: Sequence[int] = (12, 15, 21, 30, 41, 48)) -> tuple[CurveBin, ...]:
    """Bins of 60 people, of whom so many had the outcome."""
    return tuple(
        CurveBin(n=60, mean_estimate=(cases + 2) / 60, observed=cases / 60, low=0.0, high=1.0)
        for cases in had
    )


def a_report() -> Report:
    return benchmark_report(a_result(), "Tallene er laget for en prøve og sier ingenting om Norge.")


def test_the_page_needs_no_script_and_no_other_file() -> None:
    page = Tags(report_html(a_report()))
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert page.links
    assert all(link.startswith("#") for link in page.links)
    assert "@import" not in report_html(a_report())


def test_ids_are_unique_and_every_reference_has_its_target() -> None:
    one, two = (calibration_figure(name, "Likt", {"A": a_curve()}) for name in ("a", "b"))
    page = Tags(report_html(Report("Tittel", "Grenser", (Section("Figurer", figures=(one, two)),))))
    assert len(page.ids) == len(set(page.ids))
    referred = {link[1:] for link in page.links} | set(re.findall(r"url\(#([^)]+)\)", one.svg + two.svg))
    assert referred <= set(page.ids)


def test_title_limits_and_headings_stand_in_norwegian_and_escaped() -> None:
    html = report_html(a_report())
    assert '<html lang="nb">' in html
    assert "<eget>" not in html
    text = " ".join(Tags(html).text)
    for part in (
        "<eget> & register",
        "sier ingenting om Norge",
        "Treffsikkerhet",
        "12 rader",
        "county: 17 rader",
    ):
        assert part in text


def test_numbers_have_a_comma_and_what_is_hidden_has_a_dash() -> None:
    html = report_html(a_report())
    auc = f"{a_result().models[0].metrics.auc:.3f}".replace(".", ",")
    assert f"<td>{auc}</td>" in html
    assert "kan ikke testes" in html
    assert "2 er for små til å vises" in html
    assert ">mangler<" not in html
    hidden = Report("T", "G", (Section("S", tables=(Table("Tall", ("Navn", "A"), (("rad", None),)),)),))
    assert '<th scope="row">rad</th><td>–</td>' in report_html(hidden)
    assert not re.search(r"<td>-?\d+\.\d", html)


def test_the_figure_says_in_words_what_it_draws() -> None:
    figure = calibration_figure("k", "Anslag & virkelighet", {"<A>": a_curve()})
    assert figure.svg.startswith("<svg ")
    assert 'role="img" aria-labelledby="k-title k-desc"' in figure.svg
    assert '<title id="k-title">Anslag &amp; virkelighet</title>' in figure.svg
    assert "6 grupper ordnet etter anslag. Lavest: anslag 23,3, skjedde 20,0 av 100." in figure.description
    assert "vises ikke" not in figure.description
    assert figure.description.replace("<A>", "&lt;A&gt;") in figure.svg


def test_the_points_stand_beside_as_csv() -> None:
    curve = a_curve()
    rows = list(csv.DictReader(calibration_figure("k", "T", {'A "1", x': curve}).csv.splitlines()))
    assert [int(row["n"]) for row in rows] == [point.n for point in curve]
    assert float(rows[3]["observed"]) == pytest.approx(curve[3].observed, abs=1e-6)
    assert rows[0]["model"] == 'A "1", x'


def test_bins_of_fewer_than_ten_people_are_left_out() -> None:
    outcome, estimates = np.tile([0.0, 1.0], 15), np.repeat([0.2, 0.4, 0.9], [18, 3, 9])
    curve = calibration_curve(outcome, estimates, None)
    assert [point.n for point in curve] == [18, 3, 9]
    figure = calibration_figure("k", "T", {"A": curve})
    assert figure.csv.count("\n") == 1
    assert "A: for få personer til å vise." in figure.description


@pytest.mark.parametrize("few", [4, 56], ids=["had", "had not"])
def test_a_bin_in_which_few_had_the_outcome_or_had_it_not_stands_nowhere(few: int) -> None:
    figure = calibration_figure("k", "T", {"A": a_curve(had=(few, 15, 21, 30))})
    told = {round(60 * float(row["observed"])) for row in csv.DictReader(figure.csv.splitlines())}
    # The bin beside it is left out too: alone, it could be worked out from everybody.
    assert told == {21, 30}
    assert "2 grupper ordnet etter anslag" in figure.description
    assert "2 grupper vises ikke" in figure.description


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=8))
def test_what_the_shown_bins_leave_over_of_everybody_is_no_few_people(counts: list[tuple[int, int]]) -> None:
    bins = tuple(
        CurveBin(n=had + had_not, mean_estimate=0.5, observed=had / (had + had_not), low=0.0, high=1.0)
        for had, had_not in counts
        if had + had_not
    )
    shown = shown_bins(bins)
    for point in shown:
        assert min(cases_of(point), point.n - cases_of(point)) >= FEWEST_SHOWN
    if shown and len(shown) < len(bins):
        left = sum(map(cases_of, bins)) - sum(map(cases_of, shown))
        others = sum(b.n for b in bins) - sum(b.n for b in shown) - left
        assert len(bins) - len(shown) > 1
        assert min(left, others) >= FEWEST_SHOWN


def cases_of(point: CurveBin) -> int:
    return round(point.n * point.observed)


def test_a_dollar_in_a_name_is_no_formula() -> None:
    figure = calibration_figure("k", "T", {"$x_1$": a_curve()})
    assert ">$x_1$<" in figure.svg


def test_more_curves_than_marks_are_all_drawn() -> None:
    figure = calibration_figure("k", "T", {f"Modell {n}": a_curve() for n in range(6)})
    assert all(f"Modell {n}<" in figure.svg for n in range(6))


def test_a_figure_name_that_is_no_file_name_is_refused() -> None:
    with pytest.raises(SetupError, match="small letters, digits and hyphens"):
        calibration_figure("../Min figur", "T", {})


def test_the_same_report_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write_report(a_report(), tmp_path / folder)
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    figures = ("grupper-lightgbm-1", "grupper-logistic-1", "kalibrering")
    drawn = [f"{figure}.{kind}" for figure in figures for kind in ("csv", "svg")]
    assert names == [*drawn, "report.html", "report.json"]
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert not re.search(r"20\d\d-\d\d-\d\d", (tmp_path / "one" / "report.html").read_text(encoding="utf-8"))


def test_the_json_holds_numbers_and_null() -> None:
    table = Table("Tall", ("Navn", "A", "B", "C"), (("rad", 0.5, None, float("nan")),))
    found = json.loads(report_json(Report("T", "G", (Section("S", tables=(table,)),))))
    assert found["sections"][0]["tables"][0]["rows"] == [["rad", 0.5, None, None]]
    assert found["limits"] == "G"
