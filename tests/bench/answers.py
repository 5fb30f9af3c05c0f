"""How fast a server answers: one client, then many, the quietest of several rounds of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.bench.load import Loaded, Target, load
from tests.bench.served import Served

CLIENTS = 32
MOST_PER_SECOND = 6_000
"""Bodies made ready for a second of a round; a server that spends them sooner ends the round sooner."""
WARM_UP_SECONDS = 1.0

Bodies = Callable[[int], Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often and how long a server is asked, with one client and with many alike."""

    rounds: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Answered:
    """What one server did at its quietest, and what it took."""

    one: Loaded  # one client: the round with the lowest p50
    many: Loaded  # 32 clients: the round with the most answers a second
    answered: int  # in all rounds together
    peak_mib: float


def measure_answers(server: Served, target: Target, bodies: Bodies, asked: Rounds) -> Answered:
    """Warm a server up and ask it. Raises SetupError where a request failed."""
    most = round(MOST_PER_SECOND * asked.seconds)
    warm = load(target, bodies(most), clients=CLIENTS, seconds=WARM_UP_SECONDS)
    one, many = [], []
    for _ in range(asked.rounds):
        one.append(load(target, bodies(most), clients=1, seconds=asked.seconds))
        many.append(load(target, bodies(most), clients=CLIENTS, seconds=asked.seconds))
    return Answered(
        one=min(one, key=lambda loaded: loaded.p50_ms),
        many=max(many, key=lambda loaded: loaded.per_second),
        answered=sum(loaded.answered for loaded in (warm, *one, *many)),
        peak_mib=server.peak_mib(),
    )
