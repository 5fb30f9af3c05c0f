"""What a command shows: progress with time left on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Mapping
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from profilering.risk import Outcome
from training.evaluation.bootstrap import Interval
from training.evaluation.evaluate import Metrics
from training.judging.measure import CANDIDATE, Measured
from training.judging.stability import Stability
from training.release.gates import GateResult
from training.reporting.numbers import interval_text, number_text, percent_text
from training.reporting.words import NAMES, TITLES


class Shown:
    """A progress display, called with stage, done and total; everything goes to standard error."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._began = time.monotonic()
        self._last = ""
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> "Shown":
        if sys.stderr.isatty():
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
            )
            self._bar = Progress(*columns, console=Console(stderr=True))
            self._task = self._bar.add_task(self._title, total=None)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that `done` of `total` parts of the stage are over."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=f"{self._title}: {stage}", completed=done, total=total)
            return
        line = f"{self._title}: {stage} {done}/{total}"
        if line != self._last:
            seconds = time.monotonic() - self._began
            print(f"{seconds:6.1f} s  {line}", file=sys.stderr, flush=True)  # noqa: T201 - this is the display
            self._last = line


def gate_table(gates: tuple[GateResult, ...]) -> str:
    """Pass or fail with the figures, a line per gate."""
    lines = [
        f"  {'ok  ' if g.bestaatt else 'FEIL'} {g.gate:<28} {g.utfall:<21} {g.funnet:<28} krav: {g.krav}"
        for g in gates
    ]
    return "\n".join(["Grenser", *lines])


def metrics_table(measured: Mapping[Outcome, Measured]) -> str:
    """AUC and calibration of every model on later cohorts."""
    lines = []
    for outcome, figures in measured.items():
        models = {name: model.metrics for name, model in figures.test.models.items()}
        lines.append(f"{TITLES[outcome]}, senere kull (n {models[CANDIDATE].n})")
        lines += [
            f"  {NAMES[name]:<24} {auc_and_ece(m)}  "
            f"anslag {number_text(m.mean_estimate)}  skjedde {number_text(m.base)}"
            for name, m in models.items()
        ]
    return "\n".join(lines)


def auc_and_ece(metrics: Metrics) -> str:
    """How well a model ranks, with its interval, and how well it is calibrated."""
    auc = interval_text(Interval(metrics.auc, metrics.auc_low, metrics.auc_high))
    return f"AUC {auc or '–'}  ECE {number_text(metrics.ece)}"


def stability_lines(stability: Stability) -> str:
    """How many people's forslag hangs on which of several good models was chosen."""
    lines = [
        f"  {flips.name:<24} annet forslag {percent_text(flips.share):>6}  "
        f"overlapp {number_text(flips.overlap, decimals=2)}"
        for flips in stability.models
    ]
    ever = f"Like gode modeller: {percent_text(stability.ever)} får et annet forslag av minst én"
    return "\n".join([ever, *lines])
