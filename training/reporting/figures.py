"""Figures that say the same three ways: drawn (SVG), told (title and description) and listed (CSV)."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from itertools import cycle

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from profilering.errors import SetupError
from training.evaluation.evaluate import CurveBin
from training.evaluation.groups import FEWEST_SHOWN

MARKS = (("#0b5394", "o"), ("#b45f06", "s"), ("#38761d", "^"), ("#741b47", "D"))
"""Colour and shape together, so that the curves can be told apart in grey print too."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: `svg` carries title and description for those who cannot see it, `csv` its points."""

    name: str  # of its files: small letters, digits and hyphens
    title: str
    description: str
    svg: str
    csv: str


def calibration_figure(name: str, title: str, curves: Mapping[str, tuple[CurveBin, ...]]) -> Figure:
    """Draw how often people with an estimate had the outcome; one curve per model, named in Norwegian.

    Bins of fewer than ten people are left out. The same input gives the same bytes.

    Raises SetupError if the name cannot be a file name everywhere.
    """
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise SetupError(f"figure name {name!r}: use small letters, digits and hyphens only")
    shown = {model: tuple(b for b in bins if b.n >= FEWEST_SHOWN) for model, bins in curves.items()}
    description = " ".join(_tell(model, bins) for model, bins in shown.items())
    # Text stays text (fonttype none), so that it can be searched and read aloud.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name, "font.family": "sans-serif"}):
        canvas = Canvas(figsize=(5.6, 4.6), layout="constrained")
        _draw(canvas.add_subplot(), shown)
        drawn = io.StringIO()
        canvas.savefig(drawn, format="svg")
    svg = _accessible(drawn.getvalue(), name, title, description)
    return Figure(name=name, title=title, description=description, svg=svg, csv=_list(shown))


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


def _tell(model: str, bins: tuple[CurveBin, ...]) -> str:
    """Say in words what the curve shows: its ends and where it is furthest off."""
    if not bins:
        return f"{model}: for få personer til å vise."
    worst = max(bins, key=lambda b: abs(b.mean_estimate - b.observed))
    return (
        f"{model}: {len(bins)} grupper ordnet etter anslag. "
        f"Lavest: anslag {_of_100(bins[0].mean_estimate)}, skjedde {_of_100(bins[0].observed)} av 100. "
        f"Høyest: anslag {_of_100(bins[-1].mean_estimate)}, skjedde {_of_100(bins[-1].observed)} av 100. "
        f"Størst avvik: anslag {_of_100(worst.mean_estimate)}, skjedde {_of_100(worst.observed)} av 100."
    )


def _of_100(share: float) -> str:
    return f"{100 * share:.1f}".replace(".", ",")


def _list(curves: Mapping[str, tuple[CurveBin, ...]]) -> str:
    """List the points, one line each, with points for decimals as CSV readers expect."""
    lines = ["model,n,mean_estimate,observed,low,high"]
    for model, bins in curves.items():
        quoted = '"' + model.replace('"', '""') + '"'
        lines += [
            f"{quoted},{b.n},{b.mean_estimate:.6f},{b.observed:.6f},{b.low:.6f},{b.high:.6f}" for b in bins
        ]
    return "\n".join(lines) + "\n"


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
