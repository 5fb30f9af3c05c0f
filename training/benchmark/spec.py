"""What a benchmark's TOML says: which table, which outcome, which columns, which split."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from profilering.errors import CallerError

KEYS = ("name", "file", "outcome", "weights", "time", "split", "protected", "features")
REQUIRED = ("name", "file", "outcome", "features")
PARTS = ("train", "calibrate", "test")


class Kind(StrEnum):
    """How a feature is read; the values are the words of the TOML."""

    NUMBER = "number"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class FeatureColumn:
    """One column the models may use."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Split:
    """Which values of the time column go where, as labels (see `label_of`)."""

    train: tuple[str, ...]
    calibrate: tuple[str, ...]
    test: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spec:
    """A benchmark, checked: no protected column is a feature, no column has two roles."""

    name: str
    file: str  # csv or parquet, relative to the data folder
    outcome: str
    weights: str | None
    time: str | None
    split: Split | None  # None: five-fold cross-fitting
    protected: tuple[str, ...]
    features: tuple[FeatureColumn, ...]


def read_spec(path: Path) -> Spec:
    """Read and check a benchmark's TOML.

    Raises CallerError that names the file, the key and what to do.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CallerError(f"{path}: no such file; give the path of a benchmark's TOML") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise CallerError(f"{path}: cannot be read as TOML: {fault}") from fault
    reader = _Reader(str(path))
    reader.refuse_unknown("", content, KEYS)
    for key in REQUIRED:
        if key not in content:
            reader.refuse(key, "is missing; add it")
    spec = Spec(
        name=reader.text("name", content["name"]),
        file=reader.text("file", content["file"]),
        outcome=reader.text("outcome", content["outcome"]),
        weights=reader.optional_text("weights", content.get("weights", "")),
        time=reader.optional_text("time", content.get("time", "")),
        split=reader.split(content["split"]) if "split" in content else None,
        protected=reader.texts("protected", content.get("protected", [])),
        features=reader.features(content["features"]),
    )
    _refuse_two_roles(spec, reader)
    return spec


def label_of(value: object) -> str:
    """Write a value of the time column the same way whether it stands in TOML, CSV or Parquet."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def nearest(word: str, known: Iterable[str]) -> str:
    """Give the most similar known word as a question, or nothing."""
    found = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


def _refuse_two_roles(spec: Spec, reader: "_Reader") -> None:
    """Refuse a column that would leak the outcome or a protected trait into the features."""
    if spec.split is not None and spec.time is None:
        reader.refuse(
            "split", "is given without time; name the column whose values it lists, or leave split out"
        )
    roles = {spec.outcome: "outcome", spec.weights: "weights", spec.time: "time"}
    roles |= dict.fromkeys(spec.protected, "protected")
    for feature in spec.features:
        if feature.name in roles:
            role = roles[feature.name]
            reader.refuse(
                f"features.{feature.name}", f"is also {role}; it can be one only: remove it from one"
            )
    if spec.outcome in spec.protected:
        reader.refuse("protected", f"lists the outcome {spec.outcome!r}; remove it")


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads values of the TOML; every refusal names the file and the key."""

    file: str

    def refuse(self, key: str, fault: str) -> None:
        raise CallerError(f"{self.file}: {key} {fault}")

    def refuse_unknown(self, prefix: str, table: Mapping[str, object], known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                hint = nearest(key, known) or f"; known keys: {', '.join(known)}"
                self.refuse(f"{prefix}{key}", f"is not a known key{hint}")

    def text(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not value:
            raise CallerError(f"{self.file}: {key} must be a text in quotes, and not empty")
        return value

    def optional_text(self, key: str, value: object) -> str | None:
        return None if value == "" else self.text(key, value)

    def texts(self, key: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise CallerError(f'{self.file}: {key} must be a list of column names, such as ["female"]')
        names = tuple(self.text(key, name) for name in value)
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            self.refuse(key, f"lists {repeated} more than once; list each once")
        return names

    def split(self, value: object) -> Split:
        if not isinstance(value, dict):
            raise CallerError(f"{self.file}: split must be a table with train, calibrate and test")
        self.refuse_unknown("split.", value, PARTS)
        labels = [self._labels(f"split.{part}", value.get(part)) for part in PARTS]
        everything = [label for part in labels for label in part]
        repeated = sorted({label for label in everything if everything.count(label) > 1})
        if repeated:
            self.refuse("split", f"lists {repeated} more than once; a value belongs to one part only")
        return Split(*labels)

    def _labels(self, key: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not value:
            raise CallerError(
                f"{self.file}: {key} must be a list of values of the time column, such as [1, 2]"
            )
        return tuple(label_of(label) for label in value)

    def features(self, value: object) -> tuple[FeatureColumn, ...]:
        if not isinstance(value, dict) or not value:
            raise CallerError(f'{self.file}: features must be a table of columns, such as age = "number"')
        return tuple(FeatureColumn(name, self._kind(name, kind)) for name, kind in value.items())

    def _kind(self, name: str, value: object) -> Kind:
        kinds = [kind.value for kind in Kind]
        if value not in kinds:
            hint = nearest(str(value), kinds) or '; use "number" or "category"'
            self.refuse(f"features.{name}", f"is {value!r}, which is not a kind of feature{hint}")
        return Kind(str(value))
