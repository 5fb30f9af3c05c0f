"""Bring your own register: fit, calibrate, measure and report on any table, knowing nothing of NAV."""

from training.benchmark.notes import Note, What
from training.benchmark.result import Before, BenchmarkResult, ModelResult, Progress
from training.benchmark.run import run_benchmark
from training.benchmark.sections import benchmark_report
from training.benchmark.spec import FeatureColumn, Spec, Split, read_spec

__all__ = [
    "Before",
    "BenchmarkResult",
    "FeatureColumn",
    "ModelResult",
    "Note",
    "Progress",
    "Spec",
    "Split",
    "What",
    "benchmark_report",
    "read_spec",
    "run_benchmark",
]
