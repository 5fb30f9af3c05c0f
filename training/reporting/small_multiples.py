"""Draw groups beside each other, one small panel per figure, every point with its interval."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D

from training.evaluation.bootstrap import Interval
from training.fairness.group_figures import GroupFigures
from training.fairness.groupings import told
from training.fairness.groups import CANNOT_BE_TESTED
from training.reporting.figures import MARKS, Figure, csv_text, drawn_figure, quoted
from training.reporting.numbers import of_100_text

LONGEST_LABEL = 36
"""Longer names leave no room for the panels; the CSV has them whole."""

STEP = 0.24
"""Between two marks of the same group, in lines."""

LINE_INCHES = 0.3
"""Height of one group: two marks with their intervals can still be told apart in print."""

Pick = Callable[[GroupFigures], Interval | None]


@dataclass(frozen=True, slots=True)
class Panel:
    """One figure of every group."""

    heading: str
    verdict: Callable[[GroupFigures], str]  # of the test that belongs to it
    series: tuple[tuple[str, Pick], ...]  # what is drawn, named
    scale: int  # 100: shares are read as "av 100"


PANELS = (
    Panel(
        "Skjedde og anslag, av 100",
        lambda group: group.calibration_gap.verdict,
        (("skjedde", lambda group: group.base), ("anslag", lambda group: group.mean_estimate)),
        100,
    ),
    Panel(
        "Overses, av 100", lambda group: group.fnr_gap.verdict, (("overses", lambda group: group.fnr),), 100
    ),
    Panel(
        "Feilaktig høyt anslag, av 100",
        lambda group: group.fpr_ratio.verdict,
        (("feilaktig høyt", lambda group: group.fpr),),
        100,
    ),
    Panel("AUC", lambda group: group.verdict, (("AUC", lambda group: group.auc),), 1),
)


def group_figure(
    name: str, title: str, groups: Sequence[GroupFigures], everyone: GroupFigures | None = None
) -> Figure:
    """Draw the groups of one column, first at the top; the dashed line is everyone.

    Hollow marks could not be tested. Groups that may not be shown are told of, not drawn.

    Raises SetupError if the name cannot be a file name everywhere.
    """
    shown = tuple(group for group in groups if group.mean_estimate is not None)
    return drawn_figure(
        name,
        title,
        _tell(shown, hidden=len(groups) - len(shown)),
        _list(shown),
        lambda canvas: _draw_panels(canvas, shown, everyone),
        inches=(9.6, 1.5 + LINE_INCHES * max(len(shown), 1)),
    )


def furthest_off(groups: Iterable[GroupFigures], most: int) -> tuple[GroupFigures, ...]:
    """Choose those whose estimates lie furthest from what happened, of those that may be shown."""
    known = [group for group in groups if group.calibration_gap.interval is not None]
    return tuple(sorted(known, key=_off, reverse=True)[:most])


def _draw_panels(canvas: Canvas, groups: Sequence[GroupFigures], everyone: GroupFigures | None) -> None:
    for axes, panel in zip(canvas.subplots(1, len(PANELS), sharey=True), PANELS, strict=True):
        _draw(axes, panel, groups, everyone)
    canvas.legend(handles=_legend(), loc="outside lower center", ncols=4, frameon=False)


def _draw(axes: Axes, panel: Panel, groups: Sequence[GroupFigures], everyone: GroupFigures | None) -> None:
    for number, (_, pick) in enumerate(panel.series):
        beside = STEP * (number - (len(panel.series) - 1) / 2)
        for hollow in (False, True):
            points = [
                (line + beside, found)
                for line, group in enumerate(groups)
                if (found := pick(group)) is not None and (panel.verdict(group) == CANNOT_BE_TESTED) is hollow
            ]
            _mark(axes, points, panel.scale, MARKS[number], hollow=hollow)
    common = None if everyone is None else panel.series[0][1](everyone)
    if common is not None:
        axes.axvline(panel.scale * common.value, color="#666666", linestyle="--", linewidth=1)
    axes.set_title(panel.heading, fontsize="small", loc="left")
    axes.set_yticks(range(len(groups)), [_label(_name(group, groups)) for group in groups], fontsize="small")
    axes.set_ylim(max(len(groups), 1) - 0.5, -0.5)
    axes.tick_params(axis="x", labelsize="small")
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)


def _mark(
    axes: Axes, points: Sequence[tuple[float, Interval]], scale: int, mark: tuple[str, str], *, hollow: bool
) -> None:
    """Draw points with their intervals, all alike; a resampled interval may lie beside its own value."""
    colour, marker = mark
    axes.errorbar(
        [scale * found.value for _, found in points],
        [line for line, _ in points],
        xerr=[
            [scale * max(found.value - found.low, 0.0) for _, found in points],
            [scale * max(found.high - found.value, 0.0) for _, found in points],
        ],
        color=colour,
        marker=marker,
        markerfacecolor="white" if hollow else colour,
        markersize=5,
        linestyle="none",
        elinewidth=1,
        capsize=2,
    )


def _legend() -> list[Line2D]:
    (one, circle), (other, square) = MARKS[:2]
    return [
        Line2D([], [], color=one, marker=circle, linestyle="none", label="målt (skjedde)"),
        Line2D([], [], color=other, marker=square, linestyle="none", label="anslag"),
        Line2D(
            [],
            [],
            color=one,
            marker=circle,
            markerfacecolor="white",
            linestyle="none",
            label=CANNOT_BE_TESTED,
        ),
        Line2D([], [], color="#666666", linestyle="--", label="alle"),
    ]


def _name(group: GroupFigures, beside: Sequence[GroupFigures]) -> str:
    """Name a group by its value, and by its column too where groups of several stand together."""
    several = len({other.column for other in beside}) > 1
    return f"{group.column}: {told(group.value)}" if several else told(group.value)


def _label(name: str) -> str:
    return name if len(name) <= LONGEST_LABEL else name[: LONGEST_LABEL - 1] + "…"


def _tell(groups: Sequence[GroupFigures], *, hidden: int) -> str:
    """Say in words what the panels show: the extremes of each."""
    untested = sum(group.verdict == CANNOT_BE_TESTED for group in groups)
    parts = [f"{len(groups)} grupper, {untested} av dem kan ikke testes."]
    if hidden:
        parts.append(f"{hidden} grupper vises ikke: for få personer.")
    for worst in furthest_off(groups, 1):
        parts.append(
            f"Størst avvik: {_name(worst, groups)}, anslag {_of_100(worst.mean_estimate)}, "
            f"skjedde {_of_100(worst.base)} av 100."
        )
    overlooked = [group for group in groups if group.fnr is not None]
    if overlooked:
        worst = max(overlooked, key=lambda group: _value(group.fnr))
        parts.append(f"Overses oftest: {_name(worst, groups)}, {_of_100(worst.fnr)} av 100.")
    wrongly = [group for group in groups if group.fpr is not None]
    if wrongly:
        worst = max(wrongly, key=lambda group: _value(group.fpr))
        parts.append(f"Oftest feilaktig høyt anslag: {_name(worst, groups)}, {_of_100(worst.fpr)} av 100.")
    return " ".join(parts)


def _value(interval: Interval | None) -> float:
    return 0.0 if interval is None else interval.value


def _of_100(interval: Interval | None) -> str:
    return of_100_text(_value(interval))


def _off(group: GroupFigures) -> float:
    return abs(_value(group.calibration_gap.interval))


def _list(groups: Sequence[GroupFigures]) -> str:
    """List the points, one line each."""
    rows = (
        (*names, figure, found.value, found.low, found.high, panel.verdict(group))
        for group in groups
        for names in [(quoted(group.column), quoted(told(group.value)))]
        for panel in PANELS
        for figure, pick in panel.series
        if (found := pick(group)) is not None
    )
    return csv_text(("column", "value", "figure", "estimate", "low", "high", "verdict"), rows)
