"""Figures that say the same three ways: drawn (SVG), told (title and description) and listed (CSV)."""

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import cycle
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from profilering.errors import SetupError
from training.evaluation.evaluate import CurveBin
from training.fairness.suppression import shown_bins
from training.reporting.numbers import of_100_text

MARKS = (("#0b5394", "o"), ("#b45f06", "s"), ("#38761d", "^"), ("#741b47", "D"))
"""Colour and shape together, so that the curves can be told apart in grey print too."""

Inches = tuple[float, float]  # width, height
Field = str | int | float | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: `svg` carries title and description for those who cannot see it, `csv` its points."""

    name: str  # of its files: small letters, digits and hyphens
    title: str
    description: str
    svg: str
    csv: str


def drawn_figure(
    name: str, title: str, description: str, csv: str, draw: Callable[[Canvas], None], *, inches: Inches
) -> Figure:
    """Draw on an empty canvas, so wide and so high; the same input gives the same bytes.

    Raises SetupError if the name cannot be a file name everywhere.
    """
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise SetupError(f"figure name {name!r}: use small letters, digits and hyphens only")
    # Text stays text (fonttype none), so that it can be searched and read aloud; a $ in a name begins
    # no formula (parse_math).
    style: dict[Any, Any] = {"svg.fonttype": "none", "font.family": "sans-serif", "text.parse_math": False}
    with mpl.rc_context({**style, "svg.hashsalt": name}):
        canvas = Canvas(figsize=inches, layout="constrained")
        draw(canvas)
        drawn = io.StringIO()
        canvas.savefig(drawn, format="svg")
    return Figure(name, title, description, _accessible(drawn.getvalue(), name, title, description), csv)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Field]], *, floats: str = ".6f") -> str:
    """List the points with points for decimals, as CSV readers expect; nothing where there is no value.

    Names that people choose come through `quoted`.
    """

    def field(value: Field) -> str:
        if value is None:
            return ""
        return format(value, floats) if isinstance(value, float) else str(value)

    return "".join(",".join(map(field, row)) + "\n" for row in (header, *rows))


def quoted(text: str) -> str:
    """A name as one field of a CSV, whatever stands in it."""
    return '"' + text.replace('"', '""') + '"'


def calibration_figure(name: str, title: str, curves: Mapping[str, tuple[CurveBin, ...]]) -> Figure:
    """Draw how often people with an estimate had the outcome; one curve per model, named in Norwegian.

    Bins of few people, or in which few had or had not the outcome, are left out (`shown_bins`).

    Raises SetupError if the name cannot be a file name everywhere.
    """
    shown = {model: shown_bins(bins) for model, bins in curves.items()}
    told = (_tell(model, bins, hidden=len(curves[model]) - len(bins)) for model, bins in shown.items())
    rows = (
        (quoted(model), b.n, b.mean_estimate, b.observed, b.low, b.high)
        for model, bins in shown.items()
        for b in bins
    )
    return drawn_figure(
        name,
        title,
        " ".join(told),
        csv_text(("model", "n", "mean_estimate", "observed", "low", "high"), rows),
        lambda canvas: _draw(canvas.add_subplot(), shown),
        inches=(5.6, 4.6),
    )


def _draw(axes: Axes, curves: Mapping[str, tuple[CurveBin, ...]]) -> None:
    """Draw each curve with its intervals, and the line where estimates mean what they say."""
    top = max((100 * b.high for bins in curves.values() for b in bins), default=100.0)
    axes.plot(
        [0, top], [0, top], color="#666666", linestyle="--", linewidth=1, label="Anslag lik virkelighet"
    )
    for (model, bins), (colour, marker) in zip(curves.items(), cycle(MARKS), strict=False):
        observed = [100 * b.observed for b in bins]
        below = [100 * (b.observed - b.low) for b in bins]
        above = [100 * (b.high - b.observed) for b in bins]
        axes.errorbar(
            [100 * b.mean_estimate for b in bins],
            observed,
            yerr=[below, above],
            color=colour,
            marker=marker,
            linewidth=1,
            capsize=2,
            label=model,
        )
    axes.set_xlabel("Anslag, av 100")
    axes.set_ylabel("Skjedde, av 100")
    axes.legend(frameon=False)


def _tell(model: str, bins: tuple[CurveBin, ...], *, hidden: int) -> str:
    """Say in words what the curve shows: its ends, where it is furthest off, and what it leaves out."""
    if not bins:
        return f"{model}: for få personer til å vise."
    worst = max(bins, key=lambda b: abs(b.mean_estimate - b.observed))
    told = (
        f"{model}: {len(bins)} grupper ordnet etter anslag. Lavest: {_point(bins[0])} "
        f"Høyest: {_point(bins[-1])} Størst avvik: {_point(worst)}"
    )
    return f"{told} {hidden} grupper vises ikke: for få med eller uten utfallet." if hidden else told


def _point(of: CurveBin) -> str:
    return f"anslag {of_100_text(of.mean_estimate)}, skjedde {of_100_text(of.observed)} av 100."


def _accessible(svg: str, name: str, title: str, description: str) -> str:
    """Make matplotlib's SVG fit for a page: no prolog, no date, its own ids, title and description first."""
    body = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    body = re.sub(r' id="([^"]+)"', rf' id="{name}-\1"', body)
    body = body.replace('href="#', f'href="#{name}-').replace("url(#", f"url(#{name}-")
    told = (
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    )
    tag, rest = body.split(">", 1)
    return f'{tag} role="img" aria-labelledby="{name}-title {name}-desc">{told}{rest}'
