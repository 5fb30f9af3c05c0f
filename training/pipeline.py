"""The journey of one register extract, as a table of contents."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from models.bundle import folder_of
from models.lightgbm_model import LightgbmModel
from models.policy_file import read_policy_version
from models.signature import Signing
from profilering.errors import GateError
from training.about import about_run
from training.candidate import Candidate, fit_candidate
from training.extract import read_extract
from training.fit import THREADS
from training.judging.judge import Judged, judge
from training.judging.subject import subject_of
from training.market import published
from training.nav_config import NavConfig
from training.prepare import Prepared, prepare
from training.release.gates import GateResult
from training.release.limits import GateConfig
from training.release.publish import bundle_files, write_bundle
from training.release.registry import Registered, register_run
from training.reporting.card import report_md, write_card
from training.reporting.nav_report import Findings, metrics_of, nav_report
from training.reporting.report import write_report
from training.tune import Tuned, tune

Progress = Callable[[str, int, int], None]
"""Called with stage, done, total."""

STAGES = (
    "les uttrekket",
    "opplysninger",
    "tilpass",
    "spør dagens regel",
    "mål",
    "sammenlign med like gode modeller",
    "skriv rapporten",
    "publiser",
)


@dataclass(frozen=True, slots=True)
class Places:
    """Where a run writes: reports and the MLflow store under `out`, bundles under `artefacts`."""

    out: Path
    artefacts: Path


@dataclass(frozen=True, slots=True)
class Run:
    """What one retraining came to."""

    bundle: str  # sha256:…
    findings: Findings
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


def retrain(  # noqa: PLR0913 - what is learnt from, by which rules, by whom
    register: Path,
    places: Places,
    config: NavConfig,
    limits: GateConfig,
    *,
    trainer: str,
    signing: Signing | None,
    approved: LightgbmModel | None,
    tuning_trials: int = 0,
    progress: Progress,
) -> Run:
    """Extract in, published challenger out. `approved` is the model that answers today, if any.

    With `tuning_trials` the parameters are searched for first, in the training rows alone.

    Raises ExtractError when the extract breaks its contract and GatesFailedError when a gate
    fails; neither leaves a bundle or a registry entry behind.
    """

    def told(stage: str) -> None:
        progress(stage, STAGES.index(stage), len(STAGES))

    told("les uttrekket")
    extract = read_extract(register)
    told("opplysninger")
    prepared = prepare(extract, config)
    tuned = _tuned(prepared, config, places, tuning_trials, progress)
    config = config if tuned is None else replace(config, lightgbm=tuned.params)
    about = about_run(extract, config, trainer)
    told("tilpass")
    candidate = fit_candidate(prepared, config, threads=THREADS)
    told("spør dagens regel")
    policy = read_policy_version(config.evaluering.policy)
    subject = subject_of(prepared, extract, register, config, policy)
    judged = judge(candidate, subject, about, limits, approved=approved, tuned=tuned, told=told)
    told("skriv rapporten")
    report = places.out / candidate.model.version
    write_run(judged, report)
    if not judged.passed:
        raise GatesFailedError(judged.gates, report)
    told("publiser")
    run = _publish(candidate, judged, places, report, signing)
    progress(STAGES[-1], len(STAGES), len(STAGES))
    return run


def _tuned(
    prepared: Prepared, config: NavConfig, places: Places, trials: int, progress: Progress
) -> Tuned | None:
    if not trials:
        return None
    places.out.mkdir(parents=True, exist_ok=True)
    storage = places.out / "tuning.db"
    return tune(prepared, config, trials=trials, storage=storage, threads=THREADS, progress=progress)


def write_run(judged: Judged, folder: Path) -> None:
    """Write the report and the card of a candidate, published or not."""
    write_report(nav_report(judged.findings, judged.gates), folder)
    write_card(judged.card, folder)


def _publish(
    candidate: Candidate, judged: Judged, places: Places, report: Path, signing: Signing | None
) -> Run:
    """Bundle first, registry last: what the registry names is always there and whole."""
    findings, about = judged.findings, judged.findings.about
    market = published(findings.subject.extract.arbeidsmarked)
    run = {**about.as_json(), "gates": [asdict(gate) for gate in judged.gates]}
    files = bundle_files(candidate, market, report_md(judged.card), run, seed=findings.subject.config.seed)
    manifest = {
        "version": candidate.model.version,
        "synthetic": about.synthetic,
        "trainer": about.trainer,
    }
    digest = write_bundle(files, manifest, places.artefacts, signing)
    registered = register_run(
        places.out / "mlflow",
        params={key: str(value) for key, value in about.config.items()},
        metrics=metrics_of(findings.measured),
        tags={"bundle": digest, "commit": about.commit, "synthetic": str(about.synthetic)},
        files=report,
        bundle=folder_of(places.artefacts, digest),
    )
    return Run(digest, findings, judged.gates, registered, report)
