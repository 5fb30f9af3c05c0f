"""R, and what an explanation costs beside it: LightGBM's own contributions, then ours, on the same rows."""

import ctypes
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from lightgbm.basic import _LIB
from numpy.typing import NDArray

from models.lightgbm_model import FittedOutcome, LightgbmModel

Floats = NDArray[np.float64]

_FLOAT64, _ROW_MAJOR, _CONTRIBUTIONS = 1, 1, 3
"""C_API_DTYPE_FLOAT64, is_row_major and C_API_PREDICT_CONTRIB of LightGBM's C API."""
CALLS = 100
"""Per round; the round's figure is their median."""
BATCH_ROWS = 500
"""Enough that the fixed cost of a call vanishes; LightGBM takes more than a second for them."""


@dataclass(frozen=True, slots=True)
class Explaining:
    """Seconds, both models together, on one thread; each at its quietest."""

    r: float  # one row, LightGBM's C API
    one: float  # one row, the way the service takes
    batch: float  # one row of many, the way the command `score` takes
    batch_lightgbm: float  # the same, LightGBM's


def measure_explaining(model: LightgbmModel, rows: Floats, *, rounds: int) -> Explaining:
    """Time by turns, so that whatever else the machine does hits all alike; the quietest round counts."""
    ones, many = _ones(rows), np.ascontiguousarray(rows[:BATCH_ROWS])
    ways: dict[str, Callable[[], float]] = {
        "r": lambda: measure_r(model, rows),
        "one": lambda: _median(lambda row: [fitted.explain(row) for fitted in model.fitted], ones),
        "batch_lightgbm": lambda: _each(lambda: _lightgbm(model, many), len(many)),
        "batch": lambda: _each(lambda: [fitted.explain(many) for fitted in model.fitted], len(many)),
    }
    for _ in range(2):  # first calls build tables and touch memory
        ways["r"](), ways["one"]()
    times = [{name: way() for name, way in ways.items()} for _ in range(rounds)]
    return Explaining(**{name: min(round_[name] for round_ in times) for name in ways})


def measure_r(model: LightgbmModel, rows: Floats) -> float:
    """R in seconds: the median of some rows, one call each for both models."""
    own = [_OwnContributions(fitted) for fitted in model.fitted]
    return _median(lambda row: [each.of(row) for each in own], _ones(rows))


def largest_difference(model: LightgbmModel, rows: Floats, *, threads: int) -> float:
    """How far any contribution or base of ours lies from LightGBM's own, in calibrated log-odds."""
    largest = 0.0
    for fitted in model.fitted:
        theirs = fitted.explain_by_lightgbm(rows, threads=threads)
        ours = fitted.explain(rows, threads=threads)
        apart = np.abs(ours.contributions - theirs.contributions).max(initial=0.0)
        largest = max(largest, float(apart), abs(ours.base - theirs.base))
    return largest


class _OwnContributions:
    """LightGBM's contributions of one row through its C API, without what Python adds to the call."""

    def __init__(self, fitted: FittedOutcome) -> None:
        self._handle = fitted.booster._handle
        self._columns = fitted.booster.num_feature()
        self._out = (ctypes.c_double * (self._columns + 1))()
        self._length = ctypes.c_int64()

    def of(self, row: Floats) -> int:
        """Explain one row; gives how many numbers came. Raises RuntimeError where LightGBM refuses it."""
        failed = _LIB.LGBM_BoosterPredictForMat(
            self._handle, row.ctypes.data_as(ctypes.c_void_p), _FLOAT64, 1, self._columns, _ROW_MAJOR,
            _CONTRIBUTIONS, 0, -1, b"num_threads=1", ctypes.byref(self._length), self._out,
        )  # fmt: skip
        if failed:
            raise RuntimeError("LightGBM's C API refused a row")
        return self._length.value


def _ones(rows: Floats) -> list[Floats]:
    return [np.ascontiguousarray(row[None]) for row in rows[:CALLS]]


def _lightgbm(model: LightgbmModel, rows: Floats) -> None:
    for fitted in model.fitted:
        fitted.booster.predict(rows, pred_contrib=True, num_threads=1)


def _median(call: Callable[[Floats], object], rows: Sequence[Floats]) -> float:
    return statistics.median(_seconds(lambda: call(row)) for row in rows)  # noqa: B023  called at once


def _each(call: Callable[[], object], rows: int) -> float:
    return _seconds(call) / rows


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
