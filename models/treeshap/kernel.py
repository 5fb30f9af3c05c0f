"""The compiled kernel: a model laid out once, then rows explained without the interpreter's lock."""

import ctypes
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.treeshap.tables import LANES, Tables, tables_of
from models.treeshap.trees import UnfitError, trees_of

Floats = NDArray[np.float64]

METHOD = "kvadratur-1"
"""Names how contributions are computed, to the bit: the journal keeps it, and a replay asks for it. What
changes a bit of any of them gets a new name."""

FOLDER = Path(__file__).parent
LIBRARY = FOLDER / "libtreeshap.so"
"""Made by `python -m models.treeshap.build`."""


class Isa(IntEnum):
    """An instruction set the kernel is compiled for; all give the same bits."""

    BASELINE = 0
    AVX2 = 1
    AVX512 = 2


_COUNTS = ("features", "questions", "trees", "most_splits", "most_lanes")
_ARRAYS = ("question", "sets", "tree", "split", "leaf", "inverses")


class _Model(ctypes.Structure):
    """`struct model` of kernel.c."""

    _fields_ = (
        *((name, ctypes.c_int32) for name in _COUNTS),
        *((name, ctypes.c_void_p) for name in _ARRAYS),
    )


@dataclass(frozen=True, slots=True)
class Kernel:
    """One model, ready to explain rows; threads may share it."""

    tables: Tables  # keeps alive what `model` points at
    isa: Isa
    model: _Model = field(repr=False)

    @classmethod
    def of(cls, model_text: str, features: int, isa: Isa | None = None) -> "Kernel":
        """Lay out a LightGBM text model; without `isa`, for the best this machine has.

        Raises UnfitError where the kernel cannot explain it, or was not compiled.
        """
        library = library_of(LIBRARY)
        nodes = {n: np.ctypeslib.as_array(library.nodes_of(n), (n,)) for n in LANES}
        tables = tables_of(trees_of(model_text), features, nodes)
        model = _Model(
            *(tables.features, len(tables.question), len(tables.tree), tables.most_splits),
            tables.most_lanes,
            *(getattr(tables, name).ctypes.data for name in _ARRAYS),
        )
        return cls(tables, Isa(library.best_isa()), model).on(isa)

    @property
    def base(self) -> float:
        """Mean raw score over the training rows: what contributions are added to."""
        return self.tables.base

    def on(self, isa: Isa | None) -> "Kernel":
        """The same model on another instruction set, to hold one against the other; None: the best.

        Raises UnfitError where this machine lacks it.
        """
        best = Isa(library_of(LIBRARY).best_isa())
        if isa is not None and isa > best:
            raise UnfitError(f"this machine has no {isa.name}; the best it has is {best.name}")
        return replace(self, isa=best if isa is None else isa)

    def explain(
        self, matrix: Floats, *, slope: float, base: float, threads: int = 1
    ) -> tuple[Floats, Floats]:
        """Explain n rows of the model's features: contributions times `slope` (n × features), and `base`
        with a row's contributions added one after the other (n).

        The bits are the same on every machine, for one row and for many, on any number of threads.
        Raises MemoryError, and ValueError for a matrix of another width.
        """
        rows = np.ascontiguousarray(matrix, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != self.tables.features:
            raise ValueError(f"rows have shape {rows.shape}; n × {self.tables.features} was due")
        contributions, log_odds = np.empty_like(rows), np.empty(len(rows))
        if threads <= 1 or len(rows) == 1:
            self._explain(rows, slope, base, contributions, log_odds)
            return contributions, log_odds
        cuts = [len(rows) * i // threads for i in range(threads + 1)]
        with ThreadPoolExecutor(threads) as pool:
            parts = [slice(a, b) for a, b in pairwise(cuts) if a < b]
            done = [
                pool.submit(self._explain, rows[p], slope, base, contributions[p], log_odds[p]) for p in parts
            ]
            for part in done:
                part.result()
        return contributions, log_odds

    def _explain(
        self, rows: Floats, slope: float, base: float, contributions: Floats, log_odds: Floats
    ) -> None:
        failed = library_of(LIBRARY).explain(
            *(ctypes.byref(self.model), rows.ctypes.data, len(rows), slope, base, self.isa),
            *(contributions.ctypes.data, log_odds.ctypes.data),
        )
        if failed:
            raise MemoryError("the contribution kernel has no memory left for a call")


def source_digest(folder: Path = FOLDER) -> str:
    """What the library is compiled from, and by which flags, by content."""
    sources = sorted((*folder.glob("*.c"), *folder.glob("*.h"), folder / "build.py"))
    return sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


@cache
def library_of(place: Path) -> ctypes.CDLL:
    """Load the compiled kernel. Raises UnfitError where it is not there or of another machine."""
    if not place.exists():
        raise UnfitError("it was not compiled; run `python -m models.treeshap.build`")
    try:
        library = ctypes.CDLL(str(place))
        library.sources.restype = ctypes.c_char_p
    except (OSError, AttributeError) as problem:  # no library, or one without this symbol
        raise UnfitError(f"it cannot be loaded ({problem}); run `python -m models.treeshap.build`") from None
    if library.sources() != source_digest().encode():
        raise UnfitError("it was compiled from other source; run `python -m models.treeshap.build`")
    number, whole, pointer = ctypes.c_double, ctypes.c_int32, ctypes.c_void_p
    library.explain.argtypes = (pointer, pointer, ctypes.c_int64, number, number, whole, pointer, pointer)
    library.explain.restype = library.best_isa.restype = whole
    library.nodes_of.argtypes, library.nodes_of.restype = (whole,), ctypes.POINTER(number)
    return library
