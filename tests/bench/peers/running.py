"""The peers, started as their own pages say and asked with the same people: one worker each."""

import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from models.lightgbm_model import LightgbmModel
from profilering.errors import SetupError
from profilering.features import NAMES
from tests.bench.served import ROOT, Served, answers, free_port, started

TUTORIAL, BENTO = ROOT / "tests/bench/peers/tutorial.py", ROOT / "tests/bench/peers/bento.py"
PEERS_PROGRAMS = ROOT / ".venv-peers" / "bin"
"""BentoML wants other versions of our packages, so it has its own environment; `make bench` makes it."""
PROGRAMS = Path(sys.executable).parent
WITH_SIGNATURE, WITHOUT_SIGNATURE = "mlflow", "mlflow-without-signature"
"""Folders of the same model as MLflow keeps it."""
SAME = 1e-9
"""Numbers that differ by more are of another model."""

Row = Sequence[float]


@dataclass(frozen=True, slots=True)
class Peer:
    """One way to serve the same model, and what its answer leaves undone that ours does."""

    name: str
    lacks: str
    programs: Path
    command: Callable[[Path, int], Sequence[str]]  # folder of models, port
    health: str
    path: str
    body: Callable[[Row], bytes]
    said: Callable[[Any], list[float]]  # the numbers of an answer: estimates, each with its contributions
    due: Callable[[LightgbmModel, Row], list[float]]  # the same numbers of our model

    @contextmanager
    def served(self, models: Path, folder: Path) -> Iterator[Served]:
        """Start it on `models` (`write_models`). Raises SetupError where it does not start."""
        command = self.command(models, port := free_port())
        if not (self.programs / command[0]).exists():
            raise SetupError(f"{self.programs / command[0]} is missing; `make bench` installs it")
        environ = {
            "PATH": f"{self.programs}:/usr/bin:/bin",
            "MODELS": str(models),
            # One thread explains one row soonest; more would only get in each other's way.
            "OMP_NUM_THREADS": "1",
            "BENTOML_HOME": str(folder / "bento"),
            "BENTOML_DO_NOT_TRACK": "true",
        }
        whole = [str(self.programs / command[0]), *command[1:]]
        log = folder / "log"
        with started(whole, port, log, lambda: answers(port, self.health), environ) as server:
            yield server


def compare(peer: Peer, answer: bytes, model: LightgbmModel, row: Row) -> None:
    """See that a peer does the work it is measured for. Raises SetupError where its numbers are others."""
    said, due = peer.said(json.loads(answer)), peer.due(model, row)
    if len(said) != len(due) or max(abs(one - other) for one, other in zip(said, due, strict=True)) > SAME:
        raise SetupError(f"{peer.name} does not answer what our model says; its speed would mean nothing")


def write_models(model: LightgbmModel, folder: Path) -> None:
    """Write both boosters as texts, and the first as MLflow keeps it, for every peer to load.

    MLflow's own `autolog` writes a signature, and its server then holds every request to it; a model that is
    saved by hand may lack one.
    """
    from mlflow.lightgbm import save_model  # eight seconds, and only here
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    write_texts(model, folder)
    booster = model.fitted[0].booster
    save_model(booster, folder / WITHOUT_SIGNATURE, pip_requirements=["lightgbm"])
    rows = ModelSignature(Schema([ColSpec(DataType.double, name) for name in NAMES]))
    save_model(booster, folder / WITH_SIGNATURE, pip_requirements=["lightgbm"], signature=rows)


def write_texts(model: LightgbmModel, folder: Path) -> None:
    """Write each booster as LightGBM's own text, so named that their order is ours."""
    for number, fitted in enumerate(model.fitted):
        fitted.booster.save_model(folder / f"{number}.txt")


def bare_due(model: LightgbmModel, row: Row) -> list[float]:
    """The first model's own probability, not calibrated."""
    return [float(number) for number in model.fitted[0].booster.predict(np.array([row]))]


def explained_due(model: LightgbmModel, row: Row) -> list[float]:
    """Every model's own probability and LightGBM's contributions to it, not calibrated."""
    rows, numbers = np.array([row]), []
    for fitted in model.fitted:
        numbers += [*fitted.booster.predict(rows), *fitted.booster.predict(rows, pred_contrib=True)[0, :-1]]
    return numbers


def explained_said(answer: Any) -> list[float]:
    """The same numbers out of the answer of those who explain."""
    return [
        number for each in answer for number in (each["probability"], *map(each["contributions"].get, NAMES))
    ]


def mlflow_body(row: Row) -> bytes:
    """One row as MLflow's scoring server reads it; NaN is its word for a missing number."""
    return json.dumps({"dataframe_split": {"columns": NAMES, "data": [list(row)]}}).encode()


def named_body(row: Row) -> bytes:
    """One row by names, as the two other peers read it."""
    return json.dumps({"features": _named(row)}).encode()


def _named(row: Row) -> Mapping[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in zip(NAMES, row, strict=True)}


def _mlflow(saved: str, models: Path, port: int) -> Sequence[str]:
    serve = ("mlflow", "models", "serve", "--env-manager", "local", "--host", "127.0.0.1", "--workers", "1")
    return [*serve, "--model-uri", str(models / saved), "--port", str(port)]


MLFLOW = Peer(
    name="mlflow models serve",
    lacks="one outcome, not two; no explanation, nothing kept, no features, no validation beyond types",
    programs=PROGRAMS,
    command=partial(_mlflow, WITH_SIGNATURE),
    health="/ping",
    path="/invocations",
    body=mlflow_body,
    said=lambda answer: answer["predictions"],
    due=bare_due,
)
MLFLOW_UNSIGNED = replace(
    MLFLOW,
    name="mlflow models serve, no signature",
    lacks="one outcome, not two; no explanation, nothing kept, no features, no validation",
    command=partial(_mlflow, WITHOUT_SIGNATURE),
)
FASTAPI_SHAP = Peer(
    name="FastAPI + pandas + shap",
    lacks="nothing kept, no features, no validation beyond types, no words, not calibrated",
    programs=PROGRAMS,
    command=lambda _models, port: [
        *("uvicorn", "tests.bench.peers.tutorial:app", "--host", "127.0.0.1", "--port", str(port)),
        "--no-access-log",
    ],
    health="/openapi.json",
    path="/predict",
    body=named_body,
    said=explained_said,
    due=explained_due,
)
BENTOML_SHAP = Peer(
    name="BentoML + shap",
    lacks="nothing kept, no features, no validation beyond types, no words, not calibrated",
    programs=PEERS_PROGRAMS,
    command=lambda _models, port: [
        *("bentoml", "serve", "tests.bench.peers.bento:Explained", "--host", "127.0.0.1"),
        *("--port", str(port)),
    ],
    health="/readyz",
    path="/predict",
    body=named_body,
    said=explained_said,
    due=explained_due,
)
PEERS = (MLFLOW, MLFLOW_UNSIGNED, FASTAPI_SHAP, BENTOML_SHAP)
