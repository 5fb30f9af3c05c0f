"""How time and memory grow from ten thousand people to ten millions, and whether that is fit to be seen."""

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context

from tests.bench.growth_parts import Cost, Part, measure_part
from tests.bench.speed import Practice

SMALLEST, LARGEST = 10_000, 10_000_000
MOST_EXPONENT = 1.15
"""Linear, with room for noise and for caches that are too small at the end."""
MOST_SWELLING = 1.25
"""What streams may hold so many times the memory of its smallest size."""
FITTED = 3
"""The largest sizes tell how a work grows; at the small ones its fixed cost hides it."""

Costs = Mapping[int, Cost]  # by size, rising
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a work may be expected to take before it is left out."""

    seconds: float = 900.0
    mib: float = 20_000.0


@dataclass(frozen=True, slots=True)
class Growth:
    """One part at all sizes that were measured, and why others were not."""

    part: Part
    costs: Costs
    left_out: Mapping[int, str]

    @property
    def exponent(self) -> float:
        """Of the time, by the largest sizes; 1 is linear, NaN is unknown."""
        last = sorted(self.costs)[-FITTED:]
        return exponent_of(last, [self.costs[size].seconds for size in last])

    @property
    def swelling(self) -> float:
        """Peak memory of the largest size, in that of the smallest; NaN is unknown."""
        peaks = [self.costs[size].peak_mib for size in sorted(self.costs)]
        return peaks[-1] / peaks[0] if len(peaks) > 1 else math.nan

    @property
    def passes(self) -> bool:
        """Whether time is linear, and memory bounded where people are streamed; NaN is neither."""
        bounded = not self.part.streams or self.swelling <= MOST_SWELLING
        return self.exponent <= MOST_EXPONENT and bounded


def sizes_to(most: float) -> list[int]:
    """Powers of ten from the smallest size to at most `most`."""
    count = round(math.log10(LARGEST / SMALLEST)) + 1
    return [size for size in (SMALLEST * 10**power for power in range(count)) if size <= most]


def exponent_of(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """The slope of a straight line through the logarithms (least squares); NaN of fewer than two."""
    if len(sizes) < 2:
        return math.nan
    across, up = [math.log(size) for size in sizes], [math.log(second) for second in seconds]
    mean_across, mean_up = math.fsum(across) / len(across), math.fsum(up) / len(up)
    spread = math.fsum((x - mean_across) ** 2 for x in across)
    together = math.fsum((x - mean_across) * (y - mean_up) for x, y in zip(across, up, strict=True))
    return together / spread


def measure_growth(
    parts: Sequence[Part], sizes: Sequence[int], practice: Practice, limits: Limits, told: Told
) -> list[Growth]:
    """Measure part after part, from the smallest size up."""
    return [
        grow(part, sizes, lambda part, size: in_own_process(part, size, practice), limits, told)
        for part in parts
    ]


def grow(
    part: Part, sizes: Sequence[int], measure: Callable[[Part, int], Cost], limits: Limits, told: Told
) -> Growth:
    """Measure one part; a size that would take too long or too much is left out, and said to be."""
    costs: dict[int, Cost] = {}
    left_out: dict[int, str] = {}
    for size in sizes:
        if reason := too_large(size, costs, limits):
            left_out[size] = reason
            told(f"LEFT OUT {part}, {size:,}: {reason}")
            continue
        try:
            costs[size] = measure(part, size)
        except (MemoryError, BrokenProcessPool):
            left_out[size] = "it was ended for want of memory"
            told(f"LEFT OUT {part}, {size:,}: {left_out[size]}")
            continue
        told(f"{part}, {size:,}: {costs[size].seconds:.2f} s, {costs[size].peak_mib:,.0f} MiB")
    return Growth(part, costs, left_out)


def too_large(size: int, costs: Costs, limits: Limits) -> str | None:
    """Why a size is not tried: the largest so far, made larger in proportion, is over a limit."""
    if not costs:
        return None
    largest = max(costs)
    times = size / largest
    seconds = costs[largest].seconds * times
    if seconds > limits.seconds:
        return f"would take about {seconds / 60:,.0f} minutes"
    before = min(costs)
    fixed = costs[before].peak_mib
    per_person = max(0.0, costs[largest].peak_mib - fixed) / (largest - before) if largest > before else 0.0
    mib = fixed + per_person * (size - before)
    return f"would take about {mib / 1024:,.0f} GiB" if mib > limits.mib else None


def in_own_process(part: Part, size: int, practice: Practice) -> Cost:
    """Measure in a spawned process, so that the memory is that of this work alone."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(measure_part, part, size, practice).result()
