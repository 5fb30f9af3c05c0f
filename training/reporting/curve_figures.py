"""Curves of a comparison: what following the model gains, and how the level moves from year to year."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import product

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from profilering.errors import SetupError
from training.evaluation.bootstrap import Interval
from training.evaluation.by_year import CalibrationByYear
from training.evaluation.decision import DecisionCurves
from training.reporting.figures import MARKS, Figure, _accessible

ALL, NONE = "Tilby alle", "Tilby ingen"
SIZE = (6.4, 4.2)
MARK_EVERY = 6
"""Thresholds between two marks: near enough to tell curves apart, far enough to see the line."""


def decision_figure(name: str, title: str, curves: DecisionCurves, names: Mapping[str, str]) -> Figure:
    """Draw net benefit by threshold: every model, offering all, offering none; the candidate with its band.

    `names` gives the models' names in Norwegian.

    Raises SetupError if the name cannot be a file name everywhere.
    """
    description = _tell_decision(curves, names)
    csv = _list_decision(curves, names)
    return _drawn(name, title, description, csv, lambda axes: _draw_decision(axes, curves, names))


def by_year_figure(name: str, title: str, found: CalibrationByYear) -> Figure:
    """Draw mean estimate beside what happened, year by year, with 95 % intervals.

    Raises SetupError if the name cannot be a file name everywhere.
    """
    return _drawn(name, title, _tell_years(found), _list_years(found), lambda axes: _draw_years(axes, found))


def _drawn(name: str, title: str, description: str, csv: str, draw: Callable[[Axes], None]) -> Figure:
    """Draw on a fresh canvas; the same input gives the same bytes."""
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise SetupError(f"figure name {name!r}: use small letters, digits and hyphens only")
    # Text stays text (fonttype none), so that it can be searched and read aloud.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name, "font.family": "sans-serif"}):
        canvas = Canvas(figsize=SIZE, layout="constrained")
        draw(canvas.add_subplot())
        drawn = io.StringIO()
        canvas.savefig(drawn, format="svg")
    svg = _accessible(drawn.getvalue(), name, title, description)
    return Figure(name=name, title=title, description=description, svg=svg, csv=csv)


def _draw_decision(axes: Axes, curves: DecisionCurves, names: Mapping[str, str]) -> None:
    thresholds = _of_100(curves.thresholds)
    axes.axhline(0, color="#666666", linewidth=1, label=NONE)
    axes.plot(thresholds, _of_100(curves.treat_all), color="#666666", linestyle="--", label=ALL)
    low, high = (_of_100([getattr(i, end) for i in curves.intervals]) for end in ("low", "high"))
    axes.fill_between(thresholds, low, high, color=MARKS[0][0], alpha=0.2, linewidth=0)
    # The candidate first, so that it has the same colour and shape in every figure.
    ordered = sorted(curves.models, key=lambda model: model != curves.candidate)
    # A fifth model has the colour and shape of the first, but a dotted line.
    for model, (line, (colour, marker)) in zip(ordered, product(("-", ":"), MARKS), strict=False):
        axes.plot(
            thresholds,
            _of_100(curves.models[model]),
            color=colour,
            linestyle=line,
            marker=marker,
            markevery=MARK_EVERY,
            markersize=4,
            linewidth=1,
            label=names[model],
        )
    top = max(0.01, *(max(curve) for curve in curves.models.values()))
    axes.set_ylim(-20 * top, 110 * top)  # offering all falls without end; below nothing is gained
    axes.set_xlabel("Terskel: anslag, av 100")
    axes.set_ylabel("Netto nytte, av 100")
    axes.legend(frameon=False)


def _draw_years(axes: Axes, found: CalibrationByYear) -> None:
    series = (("Anslag", -0.06, "mean_estimate"), ("Skjedde", 0.06, "observed"))
    for (label, beside, field), (colour, marker) in zip(series, MARKS, strict=False):
        intervals: list[Interval] = [getattr(year, field) for year in found.years]
        axes.errorbar(
            [year.year + beside for year in found.years],
            _of_100([i.value for i in intervals]),
            yerr=_reach(intervals),
            color=colour,
            marker=marker,
            linewidth=1,
            capsize=3,
            label=label,
        )
    axes.set_xticks([year.year for year in found.years])
    axes.set_xlabel("Registreringsår")
    axes.set_ylabel("Av 100")
    axes.legend(frameon=False)


def _reach(intervals: Sequence[Interval]) -> list[list[float]]:
    """How far each interval reaches below and above its figure, of 100; a skew one may lie to one side."""
    below = [100 * max(0.0, i.value - i.low) for i in intervals]
    return [below, [100 * max(0.0, i.high - i.value) for i in intervals]]


def _tell_decision(curves: DecisionCurves, names: Mapping[str, str]) -> str:
    """Say in words where the candidate gains, and how much at a few thresholds."""
    model = names[curves.candidate]
    better = [_percent(t) for t, gain in zip(curves.thresholds, curves.gain, strict=True) if gain.low > 0]
    shown = (
        f"{model} er påvist bedre enn både å tilby alle og å tilby ingen ved {len(better)} av "
        f"{len(curves.thresholds)} terskler, den laveste {better[0]} og den høyeste {better[-1]} av 100."
        if better
        else f"{model} er ikke påvist bedre enn det beste av å tilby alle og å tilby ingen ved noen terskel."
    )
    told = [
        f"Ved terskel {_percent(t)}: {_tenths(own.value)} av 100, "
        f"det beste av alle og ingen {_tenths(max(everybody, 0))}."
        for t, own, everybody in zip(curves.thresholds, curves.intervals, curves.treat_all, strict=True)
        if round(100 * t) in (10, 20, 40)
    ]
    return " ".join([shown, *told])


def _tell_years(found: CalibrationByYear) -> str:
    """Say in words how far the level is off in each year."""
    told = [
        f"{y.year}: anslag {_tenths(y.mean_estimate.value)}, skjedde {_tenths(y.observed.value)} av 100."
        for y in found.years
    ]
    few = [f"For få personer til å vise: {', '.join(map(str, found.too_few))}."] if found.too_few else []
    return " ".join([*told, *few])


def _list_decision(curves: DecisionCurves, names: Mapping[str, str]) -> str:
    """List the points; only the candidate and its gain have intervals."""
    lines = ["curve,threshold,net_benefit,low,high"]
    told: dict[str, Sequence[Interval]] = {
        names[curves.candidate]: curves.intervals,
        f"{names[curves.candidate]} minus det beste av alle og ingen": curves.gain,
    }
    for curve, intervals in told.items():
        lines += [
            f"{_quoted(curve)},{t:.2f},{i.value:.6f},{i.low:.6f},{i.high:.6f}"
            for t, i in zip(curves.thresholds, intervals, strict=True)
        ]
    others = {names[model]: curve for model, curve in curves.models.items() if model != curves.candidate}
    for curve, values in {**others, ALL: curves.treat_all}.items():
        lines += [
            f"{_quoted(curve)},{t:.2f},{value:.6f},,"
            for t, value in zip(curves.thresholds, values, strict=True)
        ]
    return "\n".join(lines) + "\n"


def _list_years(found: CalibrationByYear) -> str:
    fields = ("mean_estimate", "observed", "gap", "slope", "ece")
    lines = ["year,n," + ",".join(f"{field},{field}_low,{field}_high" for field in fields)]
    for year in found.years:
        intervals: list[Interval] = [getattr(year, field) for field in fields]
        points = ",".join(f"{i.value:.6f},{i.low:.6f},{i.high:.6f}" for i in intervals)
        lines.append(f"{year.year},{year.n},{points}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _of_100(shares: Sequence[float]) -> list[float]:
    return [100 * share for share in shares]


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def _tenths(share: float) -> str:
    return f"{100 * share:.1f}".replace(".", ",").replace("-", "−")
