"""Bring your own register: fit, calibrate, measure and report on any table, knowing nothing of NAV."""

from training.benchmark.result import BenchmarkResult, ModelResult, Progress, UnseenCategories
from training.benchmark.run import run_benchmark
from training.benchmark.sections import benchmark_report
from training.benchmark.spec import FeatureColumn, Spec, Split, read_spec

__all__ = [
    "BenchmarkResult",
    "FeatureColumn",
    "ModelResult",
    "Progress",
    "Spec",
    "Split",
    "UnseenCategories",
    "benchmark_report",
    "read_spec",
    "run_benchmark",
]
