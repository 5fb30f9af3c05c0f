"""Curves of a comparison: what following the model gains, and how the level moves from year to year."""

from collections.abc import Mapping, Sequence
from itertools import product

from matplotlib.axes import Axes

from training.evaluation.bootstrap import Interval
from training.evaluation.by_year import CalibrationByYear
from training.evaluation.decision import DecisionCurves
from training.reporting.figures import MARKS, Field, Figure, csv_text, drawn_figure, quoted
from training.reporting.numbers import of_100_text

ALL, NONE = "Tilby alle", "Tilby ingen"
SIZE = (6.4, 4.2)
MARK_EVERY = 6
"""Thresholds between two marks: near enough to tell curves apart, far enough to see the line."""


def decision_figure(name: str, title: str, curves: DecisionCurves, names: Mapping[str, str]) -> Figure:
    """Draw net benefit by threshold: every model, offering all, offering none; the candidate with its band.

    `names` gives the models' names in Norwegian.

    Raises SetupError if the name cannot be a file name everywhere.
    """
    return drawn_figure(
        name,
        title,
        _tell_decision(curves, names),
        _list_decision(curves, names),
        lambda canvas: _draw_decision(canvas.add_subplot(), curves, names),
        inches=SIZE,
    )


def by_year_figure(name: str, title: str, found: CalibrationByYear) -> Figure:
    """Draw mean estimate beside what happened, year by year, with 95 % intervals.

    Raises SetupError if the name cannot be a file name everywhere.
    """
    return drawn_figure(
        name,
        title,
        _tell_years(found),
        _list_years(found),
        lambda canvas: _draw_years(canvas.add_subplot(), found),
        inches=SIZE,
    )


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
        f"Ved terskel {_percent(t)}: {of_100_text(own.value)} av 100, "
        f"det beste av alle og ingen {of_100_text(max(everybody, 0))}."
        for t, own, everybody in zip(curves.thresholds, curves.intervals, curves.treat_all, strict=True)
        if round(100 * t) in (10, 20, 40)
    ]
    return " ".join([shown, *told])


def _tell_years(found: CalibrationByYear) -> str:
    """Say in words how far the level is off in each year."""
    told = [
        f"{y.year}: anslag {of_100_text(y.mean_estimate.value)}, "
        f"skjedde {of_100_text(y.observed.value)} av 100."
        for y in found.years
    ]
    few = [f"For få personer til å vise: {', '.join(map(str, found.too_few))}."] if found.too_few else []
    return " ".join([*told, *few])


def _list_decision(curves: DecisionCurves, names: Mapping[str, str]) -> str:
    """List the points; only the candidate and its gain have intervals."""
    own = names[curves.candidate]
    told = {own: curves.intervals, f"{own} minus det beste av alle og ingen": curves.gain}
    others = {names[model]: curve for model, curve in curves.models.items() if model != curves.candidate}
    rows: list[tuple[Field, ...]] = [
        (quoted(curve), f"{t:.2f}", i.value, i.low, i.high)
        for curve, intervals in told.items()
        for t, i in zip(curves.thresholds, intervals, strict=True)
    ]
    rows += [
        (quoted(curve), f"{t:.2f}", value, None, None)
        for curve, values in {**others, ALL: curves.treat_all}.items()
        for t, value in zip(curves.thresholds, values, strict=True)
    ]
    return csv_text(("curve", "threshold", "net_benefit", "low", "high"), rows)


def _list_years(found: CalibrationByYear) -> str:
    fields = ("mean_estimate", "observed", "gap", "slope", "ece")
    header = ("year", "n", *(f"{field}{end}" for field in fields for end in ("", "_low", "_high")))
    rows = ((y.year, y.n, *(x for field in fields for x in _numbers(getattr(y, field)))) for y in found.years)
    return csv_text(header, rows)


def _numbers(interval: Interval) -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high


def _of_100(shares: Sequence[float]) -> list[float]:
    return [100 * share for share in shares]


def _percent(share: float) -> str:
    return of_100_text(share, decimals=0)
