"""Everything `make bench` measures, in one run: R, explanations, stages, our answers, and the peers'."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from models.approved import load_approved
from models.lightgbm_model import LightgbmModel
from profilering.errors import SetupError
from profilering.risk import LIGHTGBM
from tests.bench.answers import Answered, Rounds, measure_answers
from tests.bench.explaining import Explaining, largest_difference, measure_explaining, measure_r
from tests.bench.load import Target
from tests.bench.material import Material, material_of
from tests.bench.peers.running import (
    FASTAPI_SHAP,
    MLFLOW,
    MLFLOW_UNSIGNED,
    PEERS,
    Peer,
    compare,
    write_models,
)
from tests.bench.served import Served, posted, served
from tests.bench.speed_goals import Figure
from tests.bench.stages import REQUESTS, measure_stages
from tests.journals import rows
from tests.postgres import a_server

PATH = "/api/v1/profileringer"
PEOPLE = 2_000
PROFILERINGER = "SELECT count(*) FROM innfoersel WHERE slag = 'profilering'"
COMPARED = 20
"""Answers of a peer that are held against our model's before it is measured."""
APART = 0.1
"""R measured twice in a run and further apart than this says that the machine was not calm."""
TRIES = 3
"""Before a machine is taken to be restless by nature."""
CORES = 2
"""Threads of the comparison with LightGBM; nothing is timed meanwhile."""

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured, and how often."""

    asked: Rounds
    rows: int  # compared with LightGBM's contributions
    peers: Sequence[Peer]
    postgres: bool


FULL = Effort(Rounds(5, 3.0), rows=10_000, peers=PEERS, postgres=True)
BESIDE = Effort(FULL.asked, FULL.rows, peers=(MLFLOW, MLFLOW_UNSIGNED, FASTAPI_SHAP), postgres=False)
"""For the second pair of models: what a goal asks about."""
QUICK = Effort(Rounds(3, 1.0), rows=1_000, peers=(), postgres=False)


@dataclass(frozen=True, slots=True)
class Practice:
    """The approved model that is measured, and the register its people come from."""

    register: Path
    approved: Path
    artefacts: Path


@dataclass(slots=True)
class Speed:
    """What was found so far; a server that could not be measured is missing, and says why in `faults`."""

    models: str  # their size, as the page says it
    explaining: Explaining
    method: str  # how the service explains, and on which instructions
    r_again: float = math.nan  # seconds, at the end of the run
    difference: float = math.nan
    compared: int = 0  # rows
    stages: Mapping[str, float] = field(default_factory=dict)  # seconds
    ours: dict[str, Answered] = field(default_factory=dict)  # by name of the server
    theirs: dict[str, Answered] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def r(self) -> float:
        """R in seconds: the quieter of the two times it was measured."""
        return min(self.explaining.r, self.r_again) if self.r_again > 0 else self.explaining.r

    @property
    def moved(self) -> float:
        """How far R at the end of the run is from R at its beginning, as a share of the smaller."""
        return abs(self.r_again - self.explaining.r) / self.r

    def figures(self) -> dict[Figure, float]:
        """The figures with a goal; what could not be measured is left out."""
        found = {
            Figure.EXPLANATION: self.explaining.one / self.r,
            Figure.BATCH: self.explaining.batch_lightgbm / self.explaining.batch,
        }
        if self.compared:
            found[Figure.DIFFERENCE] = self.difference
        one, two = self.ours.get(name_of("SQLite", 1)), self.ours.get(name_of("SQLite", 2))
        if one:
            found[Figure.WARM_P50] = one.one.p50_ms / 1000 / self.r
            found[Figure.WARM_P99] = one.one.p99_ms / 1000 / self.r
            found[Figure.ONE_WORKER] = one.many.per_second * self.r
            for peer, alone, crowd in (
                (MLFLOW, Figure.MLFLOW_1, Figure.MLFLOW_32),
                (MLFLOW_UNSIGNED, Figure.MLFLOW_UNSIGNED_1, Figure.MLFLOW_UNSIGNED_32),
                (FASTAPI_SHAP, Figure.TUTORIAL_1, Figure.TUTORIAL_32),
            ):
                if theirs := self.theirs.get(peer.name):
                    found[alone] = one.one.per_second / theirs.one.per_second
                    found[crowd] = one.many.per_second / theirs.many.per_second
        if two:
            found[Figure.TWO_WORKERS] = two.many.per_second * self.r
        return found


def name_of(database: str, workers: int) -> str:
    """What one of our servers is called in the tables."""
    return f"ours, {database}, {workers} worker{'s' if workers > 1 else ''}"


def measure_calmly(measure: Callable[[], Speed], told: Told) -> Speed:
    """Measure again where R says that the machine was not calm, whatever else was found; the last counts."""
    speed = measure()
    for _ in range(TRIES - 1):
        if speed.moved <= APART:
            break
        told(f"R moved by {100 * speed.moved:.0f} %: the machine was not calm, measured again")
        speed = measure()
    return speed


def measure_speed(practice: Practice, effort: Effort, told: Told) -> Speed:
    """Measure one after the other, nothing beside another."""
    approved = load_approved(practice.approved, practice.artefacts)
    model = approved.basis.model
    if not isinstance(model, LightgbmModel):
        raise SetupError("only a LightGBM bundle can be taken apart here; approve one")
    told("reading the register")
    material = material_of(practice.register, approved.basis.arbeidsmarked, people=PEOPLE, rows=effort.rows)
    rounds = effort.asked.rounds
    told("explaining")
    explaining = measure_explaining(model, material.matrix, rounds=rounds)
    speed = Speed(_size_of(model), explaining, model.explaining)
    if model.method != LIGHTGBM:  # LightGBM beside itself is no comparison
        speed.compared = len(material.matrix)
        speed.difference = largest_difference(model, material.matrix, threads=CORES)
    told("stages")
    speed.stages = measure_stages(material.bodies(REQUESTS * rounds), approved, rounds=rounds)
    _measure_ours(speed, practice, material, effort, told)
    if effort.peers:
        _measure_peers(speed, model, material, effort, told)
    speed.r_again = min(measure_r(model, material.matrix) for _ in range(rounds))
    return speed


def _measure_ours(speed: Speed, practice: Practice, material: Material, effort: Effort, told: Told) -> None:
    for workers in (1, 2):
        with _tried(name_of("SQLite", workers), speed, told) as (name, folder):
            place = str(folder / "journal.db")
            speed.ours[name] = _ours(practice, material, effort.asked, folder, place, workers)
    if not effort.postgres:
        return
    for workers in (1, 2):
        with _tried(name_of("PostgreSQL", workers), speed, told) as (name, folder), a_server() as postgres:
            place = postgres.a_journal()
            speed.ours[name] = _ours(practice, material, effort.asked, folder, place, workers)


def _ours(
    practice: Practice, material: Material, asked: Rounds, folder: Path, place: str, workers: int
) -> Answered:
    """Ask our service; then see that every answer was journaled, and none came out of the store."""
    with served(practice.approved, practice.artefacts, folder, journal=place, workers=workers) as server:
        found = measure_answers(server, Target(server.port, PATH, 201), material.bodies, asked)
    ((journaled,),) = rows(place, PROFILERINGER)
    if journaled != found.answered:
        raise SetupError(
            f"{found.answered} answers and {journaled} entries; an answer was not durable, or old"
        )
    return found


def _size_of(model: LightgbmModel) -> str:
    leaves = [
        tree["num_leaves"] for fitted in model.fitted for tree in fitted.booster.dump_model()["tree_info"]
    ]
    return f"{len(leaves)} trees of {sum(leaves) / len(leaves):.0f} leaves, both outcomes together"


def _measure_peers(
    speed: Speed, model: LightgbmModel, material: Material, effort: Effort, told: Told
) -> None:
    with TemporaryDirectory() as name:
        write_models(model, models := Path(name))
        for peer in effort.peers:
            with _tried(peer.name, speed, told) as (_, folder), peer.served(models, folder) as server:
                speed.theirs[peer.name] = _theirs(peer, server, model, material, effort.asked)


def _theirs(peer: Peer, server: Served, model: LightgbmModel, material: Material, asked: Rounds) -> Answered:
    people = material.rows(PEOPLE)
    for row in people[:COMPARED]:
        compare(peer, posted(server.port, peer.path, peer.body(row)), model, row)
    bodies = [peer.body(row) for row in people]

    def again(number: int) -> list[bytes]:
        return (bodies * math.ceil(number / len(bodies)))[:number]

    return measure_answers(server, Target(server.port, peer.path, 200), again, asked)


@contextmanager
def _tried(name: str, speed: Speed, told: Told) -> Iterator[tuple[str, Path]]:
    """A folder to measure one server in; where that fails, the others are measured all the same."""
    told(name)
    with TemporaryDirectory() as folder:
        try:
            yield name, Path(folder)
        except SetupError as fault:
            speed.faults.append(f"{name}: {fault}")
            told(f"NOT MEASURED {speed.faults[-1]}")
