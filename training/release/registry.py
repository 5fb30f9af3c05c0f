"""The MLflow run and registry entry of a candidate, in a local SQLite store.

MLflow keeps figures, files and the names `challenger` and `champion`; what is served is decided by
`models/approved.toml` alone, and the champion is set after it.
"""

import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from profilering.errors import CallerError, SetupError

REGISTERED = "profilering"
DATABASE = "mlflow.db"
CHALLENGER = "challenger"
CHAMPION = "champion"


@dataclass(frozen=True, slots=True)
class Registered:
    """Where MLflow keeps a run."""

    run_id: str
    version: str


def register_run(
    store: Path,
    *,
    params: Mapping[str, str],
    metrics: Mapping[str, float],
    tags: Mapping[str, str],
    files: Path,
    bundle: Path,
) -> Registered:
    """Log a run with its report folder, and register the bundle as the challenger.

    `store` is a folder: `mlflow.db` and `artifacts/` lie in it.
    """
    store.mkdir(parents=True, exist_ok=True)
    if not (store / DATABASE).exists():
        _make_database(store)
    client = _client(store)
    experiment = _experiment(client, store)
    run = client.create_run(experiment, tags=dict(tags))
    for name, value in params.items():
        client.log_param(run.info.run_id, name, value)
    for name, figure in metrics.items():
        client.log_metric(run.info.run_id, name, figure)
    client.log_artifacts(run.info.run_id, str(files), "report")
    client.set_terminated(run.info.run_id)
    version = _register(client, run.info.run_id, bundle)
    return Registered(run.info.run_id, version)


def challenger_bundle(store: Path) -> str:
    """The digest of the bundle last published in this store. Raises CallerError when there is none."""
    client = _client_of(store)
    known = client.search_registered_models(f"name = '{REGISTERED}'")
    if not known or CHALLENGER not in known[0].aliases:
        raise CallerError(f"{store} has no challenger; train until the gates hold, then approve")
    version = client.get_model_version_by_alias(REGISTERED, CHALLENGER)
    return str(client.get_run(version.run_id).data.tags["bundle"])


def version_of(store: Path, digest: str) -> str:
    """The newest registered version of a bundle. Raises CallerError when the store does not know it."""
    client = _client_of(store)
    experiment = client.get_experiment_by_name(REGISTERED)
    wanted = f"tags.bundle = '{digest}'"
    runs = client.search_runs([experiment.experiment_id], wanted) if experiment is not None else []
    versions = [
        int(version.version)
        for run in runs
        for version in client.search_model_versions(f"run_id = '{run.info.run_id}'")
    ]
    if not versions:
        raise CallerError(
            f"{store} does not know the bundle {digest}; give --out where it was trained, "
            "or approve it --without-registry"
        )
    return str(max(versions))


def set_champion(store: Path, digest: str) -> None:
    """Name a bundle the champion. Raises CallerError when the store does not know it, SetupError when
    it does and cannot be written."""
    version = version_of(store, digest)
    from mlflow.exceptions import MlflowException  # noqa: PLC0415 - as in `_client`

    try:
        _client(store).set_registered_model_alias(REGISTERED, CHAMPION, version)
    except MlflowException:
        raise SetupError(
            f"the approval is written and in force, but {store} did not take the name {CHAMPION}; "
            "run the same command again when the store can be written"
        ) from None


def _client_of(store: Path) -> Any:
    """The client of a store that is there: asking must not make one."""
    if not (store / DATABASE).exists():
        raise CallerError(f"{store} holds no MLflow store; train first, or give the bundle's digest")
    return _client(store)


def _make_database(store: Path) -> None:
    """Make the database beside its place: MLflow makes its tables one by one, and a run killed in
    between would leave a half-made one that stops every later run."""
    making = store / f".making-{os.getpid()}.db"
    making.unlink(missing_ok=True)
    _client(store, making.name).search_experiments()
    with suppress(FileExistsError):  # another run was first
        (store / DATABASE).hardlink_to(making)
    making.unlink()


def _client(store: Path, database: str = DATABASE) -> Any:
    # MLflow would otherwise report its use to an outside host.
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    import mlflow  # noqa: PLC0415 - seconds to import, and most commands do without it

    # Its notes on making a new database are no news to a data scientist.
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    return mlflow.MlflowClient(tracking_uri=f"sqlite:///{(store / database).resolve()}")


def _experiment(client: Any, store: Path) -> str:
    found = client.get_experiment_by_name(REGISTERED)
    if found is not None:
        return str(found.experiment_id)
    place = (store / "artifacts").resolve().as_uri()
    return str(client.create_experiment(REGISTERED, artifact_location=place))


def _register(client: Any, run_id: str, bundle: Path) -> str:
    if not client.search_registered_models(f"name = '{REGISTERED}'"):
        client.create_registered_model(REGISTERED)
    version = client.create_model_version(REGISTERED, source=bundle.resolve().as_uri(), run_id=run_id)
    client.set_registered_model_alias(REGISTERED, CHALLENGER, version.version)
    return str(version.version)
