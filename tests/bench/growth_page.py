"""Growth as a table and as a figure: time and memory of four works, both axes logarithmic."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from tests.bench.growth import MOST_EXPONENT, MOST_SWELLING, Growth
from tests.bench.growth_parts import CONTENT_BYTES, TREES
from tests.bench.speed_figure import decade_below, plain_numbers
from tests.bench.speed_page import about_machine
from training.reporting.figures import MARKS, Figure, csv_text, drawn_figure, quoted

TITLE = "Time and peak memory against the number of people"


def growth_page(found: Sequence[Growth], now: datetime) -> str:
    """The table `make bench-growth` prints and docs/speed.md keeps."""
    about = (
        f"Training: both outcomes, {TREES} trees each. Journal: entries of {CONTENT_BYTES} bytes in SQLite. "
        f"Time may grow with an exponent of {MOST_EXPONENT:g}, by the three largest sizes; what streams may "
        f"hold {MOST_SWELLING:g} times the memory of its smallest size."
    )
    return "\n\n".join([about_machine(now), about, "\n".join(_rows(found))]) + "\n"


def _rows(found: Sequence[Growth]) -> Iterator[str]:
    sizes = sorted({size for growth in found for size in (*growth.costs, *growth.left_out)})
    heads = " | ".join(_power(size) for size in sizes)
    yield f"| work | {heads} | exponent of time | memory, largest to smallest | verdict |"
    yield "|---" * (len(sizes) + 4) + "|"
    for growth in found:
        cells = " | ".join(_cell(growth, size) for size in sizes)
        kind = "must not grow" if growth.part.streams else "grows with its table"
        swelling = f"{_number(growth.swelling)} times, {kind}"
        verdict = "holds" if growth.passes else "**ALARM**"
        yield f"| {growth.part} | {cells} | {_number(growth.exponent)} | {swelling} | {verdict} |"


def _cell(growth: Growth, size: int) -> str:
    if cost := growth.costs.get(size):
        return f"{_seconds(cost.seconds)}, {cost.peak_mib:,.0f} MiB"
    return f"**left out**: {growth.left_out.get(size, 'not asked for')}"


def growth_figure(found: Sequence[Growth]) -> Figure:
    """Draw both, with the exponents in words for those who cannot see it."""
    told = "; ".join(
        f"{growth.part}: exponent {_number(growth.exponent)}, " + ", ".join(_told(growth)) for growth in found
    )
    rows = (
        (quoted(growth.part), size, cost.seconds, cost.base_mib, cost.peak_mib)
        for growth in found
        for size, cost in growth.costs.items()
    )
    return drawn_figure(
        "growth",
        TITLE,
        f"By number of people. {told}.",
        csv_text(("work", "people", "seconds", "base_mib", "peak_mib"), rows, floats=".3f"),
        lambda canvas: _draw(canvas, found),
        inches=(9.0, 4.2),
    )


def _told(growth: Growth) -> Iterator[str]:
    for size, cost in growth.costs.items():
        yield f"{size:,} in {_seconds(cost.seconds)} and {cost.peak_mib:,.0f} MiB"


def _draw(canvas: Canvas, found: Sequence[Growth]) -> None:
    time, memory = canvas.subplots(1, 2)
    for growth, (colour, marker) in zip(found, MARKS, strict=False):
        sizes, costs = list(growth.costs), list(growth.costs.values())
        label = f"{growth.part} ({_number(growth.exponent)})"
        style = {"color": colour, "marker": marker, "linewidth": 1, "label": label}
        time.plot(sizes, [cost.seconds for cost in costs], **style)
        memory.plot(sizes, [cost.peak_mib for cost in costs], **style)
    least = min((cost.peak_mib for growth in found for cost in growth.costs.values()), default=1.0)
    memory.set_ylim(bottom=decade_below(least))
    for axes, label in ((time, "seconds"), (memory, "peak memory, MiB")):
        _label(axes, label)
    handles, labels = time.get_legend_handles_labels()
    canvas.legend(
        handles, labels, frameon=False, title="work (exponent of time)", loc="outside lower center", ncols=2
    )


def _label(axes: Axes, label: str) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    plain_numbers(axes.xaxis)
    plain_numbers(axes.yaxis)
    axes.set_xlabel("people")
    axes.set_ylabel(label)
    axes.grid(visible=True, which="major", linewidth=0.3)


def _power(size: int) -> str:
    return f"10^{round(math.log10(size))}"


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.2f} s"
