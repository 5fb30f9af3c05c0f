"""The peers beside ours: answers a second, on a log scale."""

import math
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, NullFormatter

from tests.bench.answers import Answered
from tests.bench.speed import Speed
from training.reporting.figures import MARKS, Figure, csv_text, drawn_figure, quoted

TITLE = "Answers a second: ours explained and durable, the peers' as they are"


def speed_figure(speed: Speed) -> Figure:
    """Draw every server, one client and 32, with its figures in words for those who cannot see it."""
    servers = {**speed.theirs, **speed.ours}
    told = "; ".join(
        f"{name}: {found.one.per_second:,.0f} with one client, {found.many.per_second:,.0f} with 32"
        for name, found in servers.items()
    )
    rows = (
        (quoted(name), found.one.per_second, found.many.per_second, found.one.p50_ms, found.one.p99_ms)
        for name, found in servers.items()
    )
    return drawn_figure(
        "speed",
        TITLE,
        f"Answers a second by server. {told}.",
        csv_text(("server", "per_second_1", "per_second_32", "p50_ms", "p99_ms"), rows, floats=".3f"),
        lambda canvas: _draw(canvas.add_subplot(), servers),
        inches=(8.0, 0.9 + 0.55 * len(servers)),
    )


def plain_numbers(axis: Axis) -> None:
    """Write a logarithmic axis' powers of ten out: figures here parse no formulas."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.set_minor_formatter(NullFormatter())


def decade_below(value: float) -> float:
    """The power of ten where an axis begins so that its least value has something to stand on."""
    return float(10 ** math.floor(math.log10(value)))


def _draw(axes: Axes, servers: Mapping[str, Answered]) -> None:
    """Two bars a server; theirs above, ours below."""
    names = list(servers)
    series = (("1 client", -0.2, "one"), ("32 clients", 0.2, "many"))
    for (label, beside, of), (colour, _) in zip(series, MARKS, strict=False):
        rates = [getattr(servers[name], of).per_second for name in names]
        places = [place + beside for place in range(len(names))]
        axes.barh(places, rates, height=0.36, color=colour, label=label)
        for place, rate in zip(places, rates, strict=True):
            axes.annotate(
                f"{rate:,.0f}", (rate, place), xytext=(3, 0), textcoords="offset points", va="center"
            )
    axes.set_xscale("log")
    plain_numbers(axes.xaxis)
    rates = [loaded.per_second for found in servers.values() for loaded in (found.one, found.many)]
    axes.set_xlim(decade_below(min(rates, default=1) / 2), 3 * max(rates, default=1))
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel("answers a second (log scale)")
    axes.legend(frameon=False, loc="upper right")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
