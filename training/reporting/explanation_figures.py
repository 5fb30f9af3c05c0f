"""Figures of what a model's explanations rest on; no mark stands for fewer than ten people."""

from collections.abc import Callable, Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from profilering.tekster import FEATURES
from training.explanations.interventional import SideBySide
from training.explanations.views import Dependence, DependencePoint, Dot, Swarm
from training.reporting.figures import MARKS, Field, Figure, csv_text, drawn_figure
from training.reporting.numbers import number_text, significant_text

LEVELS = (
    ("lave verdier", "#0b5394", "v"),
    ("midtre verdier", "#6f6f6f", "D"),
    ("høye verdier", "#b45f06", "^"),
    ("uten rekkefølge, eller mangler", "#38761d", "s"),
)
"""Colour and shape together, so that a mark can be read in grey print too."""

LARGEST_MARK = 160
"""Square points, for the bin with most people; lines stand 24 points apart, so marks just touch."""
SMALLEST_MARK = 4

MISSING = "mangler"
ADDED = "Bidrag til anslaget (log-odds)"
WAYS = ("Etter trærne", "Satt inn fra andre")

COMMA = FuncFormatter(lambda value, _place: significant_text(value))

Draw = Callable[[Axes], None]


def swarm_figure(name: str, title: str, swarms: Sequence[Swarm]) -> Figure:
    """Draw how many people each opplysning moves which way, and whether their values are high or low."""
    rows = ((swarm.name, dot.contribution, dot.people, dot.value) for swarm in swarms for dot in swarm.dots)
    return _figure(
        name,
        title,
        "Arealet av et merke viser hvor mange personer det står for. " + " ".join(map(_tell_swarm, swarms)),
        _csv(("feature", "contribution", "people", "value_place"), rows),
        lambda axes: _draw_swarms(axes, swarms),
        height=0.9 + 0.33 * len(swarms),
    )


def dependence_figure(name: str, title: str, dependence: Dependence) -> Figure:
    """Draw what one opplysning adds by its value: the mean, and where the middle 80 % of the people lie."""
    points = dependence.points
    rows = ((_label(dependence, p), p.low, p.high, p.people, p.mean, p.band_low, p.band_high) for p in points)
    draw = _draw_categories if dependence.categorical else _draw_numbers
    return _figure(
        name,
        title,
        _tell_dependence(dependence),
        _csv(("value", "low", "high", "people", "mean", "p10", "p90"), rows),
        lambda axes: draw(axes, dependence),
        height=0.9 + 0.25 * len(points) if dependence.categorical else 3.2,
    )


def side_by_side_figure(name: str, title: str, features: Sequence[SideBySide]) -> Figure:
    """Draw how much each opplysning weighs, both ways."""
    told = " ".join(
        f"{f.name}: {_number(f.path_dependent)} og {_number(f.interventional)}." for f in features
    )
    return _figure(
        name,
        title,
        f"Gjennomsnittlig bidrag uten fortegn, {WAYS[0].lower()} og {WAYS[1].lower()}. {told}",
        _csv(
            ("feature", "path_dependent", "interventional"),
            ((f.name, f.path_dependent, f.interventional) for f in features),
        ),
        lambda axes: _draw_side_by_side(axes, features),
        height=0.9 + 0.25 * len(features),
    )


def _draw_swarms(axes: Axes, swarms: Sequence[Swarm]) -> None:
    most = max((dot.people for swarm in swarms for dot in swarm.dots), default=1)
    for level, (text, colour, marker) in enumerate(LEVELS):
        marks = [
            (dot.contribution, line, max(LARGEST_MARK * dot.people / most, SMALLEST_MARK))
            for line, swarm in enumerate(swarms)
            for dot in swarm.dots
            if _level(dot) == level
        ]
        axes.scatter([], [], s=40, c=colour, marker=marker, linewidths=0, label=text)  # for the legend
        if marks:
            x, y, sizes = zip(*marks, strict=True)
            axes.scatter(x, y, s=sizes, c=colour, marker=marker, linewidths=0, clip_on=False)
    _lines(axes, [swarm.name for swarm in swarms])
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.4, -0.14), ncols=4, fontsize=8)
    axes.set_xlabel(ADDED)


def _draw_numbers(axes: Axes, dependence: Dependence) -> None:
    """Draw a line over the values, and the people whose value is missing at its end."""
    known = [
        (0.5 * (p.low + p.high), p) for p in dependence.points if p.low is not None and p.high is not None
    ]
    (colour, marker), (other, square) = MARKS[0], MARKS[1]
    x = [middle for middle, _ in known] or [0.0]
    if known:
        axes.fill_between(
            x, [p.band_low for _, p in known], [p.band_high for _, p in known], color=colour, alpha=0.2, lw=0
        )
        axes.plot(x, [p.mean for _, p in known], color=colour, marker=marker, markersize=4, linewidth=1)
    beyond = x[-1] + max(0.08 * (x[-1] - x[0]), 1.0)
    for p in dependence.points:
        if p.low is None:
            axes.errorbar([beyond], [p.mean], yerr=_reach(p), color=other, marker=square, capsize=3)
            axes.annotate(MISSING, (beyond, p.band_high), ha="center", va="bottom", fontsize=8)
    axes.axhline(0, color="#666666", linewidth=0.8)
    axes.yaxis.set_major_formatter(COMMA)
    axes.set_xlabel(f"{dependence.name} ({FEATURES[dependence.name].unit})")
    axes.set_ylabel(ADDED)


def _draw_categories(axes: Axes, dependence: Dependence) -> None:
    colour, marker = MARKS[0]
    for line, p in enumerate(dependence.points):
        axes.errorbar([p.mean], [line], xerr=_reach(p), color=colour, marker=marker, capsize=3)
    _lines(axes, [_label(dependence, p) for p in dependence.points])
    axes.set_xlabel(ADDED)


def _draw_side_by_side(axes: Axes, features: Sequence[SideBySide]) -> None:
    lines = range(len(features))
    sides = [f.path_dependent for f in features], [f.interventional for f in features]
    for values, text, (colour, marker) in zip(sides, WAYS, MARKS, strict=False):
        axes.plot(values, lines, color=colour, marker=marker, markersize=5, linestyle="", label=text)
    _lines(axes, [f.name for f in features])
    axes.legend(frameon=False)
    axes.set_xlabel("Gjennomsnittlig bidrag uten fortegn (log-odds)")


def _lines(axes: Axes, names: Sequence[str]) -> None:
    """Name the lines from the top down, and mark where nothing is added."""
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.axvline(0, color="#666666", linewidth=0.8)
    axes.xaxis.set_major_formatter(COMMA)


def _reach(point: DependencePoint) -> list[list[float]]:
    """How far the band goes below and above the mean; a mean drawn by a few may lie outside it."""
    return [[max(point.mean - point.band_low, 0.0)], [max(point.band_high - point.mean, 0.0)]]


def _level(dot: Dot) -> int:
    """Place in LEVELS."""
    return len(LEVELS) - 1 if dot.value is None else min(int(dot.value * 3), 2)


def _label(dependence: Dependence, point: DependencePoint) -> str:
    """Name a value: a category by its code, a bin by its ends."""
    if point.low is None or point.high is None:
        return MISSING
    categories = FEATURES[dependence.name].categories
    if categories is not None:
        return categories[int(point.low)]
    return f"{point.low:g}" if point.low == point.high else f"{point.low:g}–{point.high:g}"


def _tell_swarm(swarm: Swarm) -> str:
    if not swarm.dots:
        return f"{swarm.name}: for få personer til å vise."
    told = (
        f"{swarm.name}: fra {_number(swarm.dots[0].contribution)} til {_number(swarm.dots[-1].contribution)}"
    )
    for level, text in ((0, "lave verdier"), (2, "høye verdier")):
        dots = [dot for dot in swarm.dots if _level(dot) == level]
        if dots:
            mean = sum(d.contribution * d.people for d in dots) / sum(d.people for d in dots)
            told += f", {text} i snitt {_number(mean)}"
    return told + "."


def _tell_dependence(dependence: Dependence) -> str:
    if not dependence.points:
        return f"{dependence.name}: for få personer til å vise."
    lowest = min(dependence.points, key=lambda point: point.mean)
    highest = max(dependence.points, key=lambda point: point.mean)
    return (
        f"{dependence.name}, {len(dependence.points)} verdier eller grupper av verdier. "
        f"Legger minst til ved {_label(dependence, lowest)} ({_number(lowest.mean)} i snitt) "
        f"og mest ved {_label(dependence, highest)} ({_number(highest.mean)}). "
        "Båndet viser de midterste 80 % av personene."
    )


def _number(value: float) -> str:
    return number_text(value, decimals=2)


def _figure(name: str, title: str, description: str, csv: str, draw: Draw, *, height: float) -> Figure:
    """Draw one panel as wide as the page."""
    return drawn_figure(
        name, title, description, csv, lambda canvas: draw(canvas.add_subplot()), inches=(7.2, height)
    )


def _csv(header: Sequence[str], rows: Iterable[Sequence[Field]]) -> str:
    return csv_text(header, rows, floats=".6g")
