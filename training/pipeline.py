"""The journey of one register extract, as a table of contents."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.bundle import folder_of
from models.canonical import digest_of
from profilering.errors import GateError
from profilering.risk import Outcome
from training.candidate import fit_candidate
from training.evaluation.measure import Measured, measure_all
from training.extract import Extract, read_extract
from training.market import published
from training.nav_config import NavConfig
from training.prepare import prepare
from training.release.gates import GateConfig, GateResult, check_gates
from training.release.publish import bundle_files, write_bundle
from training.release.registry import Registered, register_run
from training.reporting.nav_report import card, metrics_of, nav_report
from training.reporting.report import write_report

Progress = Callable[[str, int, int], None]
"""Called with stage, done, total."""

STAGES = ("les uttrekket", "opplysninger", "tilpass", "mål", "publiser")


@dataclass(frozen=True, slots=True)
class Places:
    """Where a run writes: reports and the MLflow store under `out`, bundles under `artefacts`."""

    out: Path
    artefacts: Path


@dataclass(frozen=True, slots=True)
class Run:
    """What one retraining came to."""

    version: str
    bundle: str  # sha256:…
    counts: dict[str, int]
    measured: dict[Outcome, Measured]
    gates: tuple[GateResult, ...]
    registered: Registered
    report: Path


class GatesFailedError(GateError):
    """A candidate that may not be published; `gates` says which stopped it."""

    def __init__(self, gates: tuple[GateResult, ...], report: Path) -> None:
        self.gates = gates
        self.report = report
        failed = "; ".join(
            f"{g.gate} ({g.utfall}): {g.funnet}, krav {g.krav}" for g in gates if not g.bestaatt
        )
        super().__init__(f"nothing is published; {failed}; read {report / 'report.html'}")


def retrain(
    register: Path,
    places: Places,
    config: NavConfig,
    limits: GateConfig,
    *,
    trainer: str,
    progress: Progress,
) -> Run:
    """Extract in, published challenger out.

    Raises ExtractError when the extract breaks its contract and GatesFailedError when a gate
    fails; neither leaves a bundle or a registry entry behind.
    """
    progress(STAGES[0], 0, len(STAGES))
    extract = read_extract(register)
    progress(STAGES[1], 1, len(STAGES))
    prepared = prepare(extract, config)
    progress(STAGES[2], 2, len(STAGES))
    candidate = fit_candidate(prepared, config, threads=2)
    progress(STAGES[3], 3, len(STAGES))
    measured = measure_all(candidate, prepared, extract, register, seed=config.seed)
    gates = check_gates(measured, limits)
    report = places.out / candidate.model.version
    write_report(nav_report(prepared, measured, gates, synthetic=extract.synthetic), report)
    if not all(gate.bestaatt for gate in gates):
        raise GatesFailedError(gates, report)
    progress(STAGES[4], 4, len(STAGES))
    about = _about(extract, config, register, trainer)
    text = card(candidate.model, config, measured, synthetic=extract.synthetic)
    files = bundle_files(candidate, published(extract.arbeidsmarked), text, about, seed=config.seed)
    manifest = {"version": candidate.model.version, "synthetic": extract.synthetic, "trainer": trainer}
    digest = write_bundle(files, manifest, places.artefacts)
    registered = register_run(
        places.out / "mlflow",
        params={key: str(value) for key, value in config.resolved().items()},
        metrics=metrics_of(measured),
        tags={"bundle": digest, "commit": str(about["commit"]), "synthetic": str(extract.synthetic)},
        files=report,
        bundle=folder_of(places.artefacts, digest),
    )
    progress(STAGES[4], 5, len(STAGES))
    return Run(candidate.model.version, digest, prepared.counts, measured, gates, registered, report)


def _about(extract: Extract, config: NavConfig, register: Path, trainer: str) -> dict[str, object]:
    """What the run was made of, so that it can be made again."""
    files = sorted((register / "extract").rglob("*.parquet"))
    return {
        "config": config.resolved(),
        "register": extract.name,
        "extract_date": extract.extract_date.isoformat(),
        "data": {str(f.relative_to(register)): digest_of(f.read_bytes()) for f in files},
        "lock": digest_of(LOCK.read_bytes()) if LOCK.exists() else None,
        "commit": _commit(),
        "trainer": trainer,
    }


ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements-training.lock"


def _commit() -> str | None:
    """The commit of the working tree; None outside a checkout or without git."""
    try:
        asked = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - the git of the data scientist's own path
            cwd=ROOT, capture_output=True, text=True, check=True, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return asked.stdout.strip()
