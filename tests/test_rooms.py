"""The table of rooms (architecture.md), as a test: who may import whom, and what each must never touch.

Everything is read with `ast`, nothing is imported. Each check is also shown to go red, on source
that breaks it.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

OWN_ROOMS: Mapping[str, set[str]] = {
    "profilering": set(),
    "models": {"profilering"},
    "training": {"models", "profilering"},
    "serving": {"models", "profilering"},
}
"""The rooms of ours that a room may import, beside itself: training and serving never meet."""

THIRD_PARTY: Mapping[str, set[str]] = {
    "profilering": {"polars"},
    # polars as a type and a container, never its files; scipy for exact binomial limits; cryptography
    # for signatures (pyproject.toml).
    "models": {"cryptography", "lightgbm", "numpy", "polars", "scipy"},
    # numpy and scipy come with lightgbm and scikit-learn; click is what typer is made of.
    "training": {
        *(
            "polars",
            "lightgbm",
            "shap",
            "mlflow",
            "optuna",
            "sklearn",
            "matplotlib",
            "typer",
            "click",
            "rich",
            "numpy",
            "scipy",
        ),
    },
    # starlette, pydantic_core and click are what fastapi, pydantic and typer are made of.
    "serving": {
        *(
            "fastapi",
            "starlette",
            "pydantic",
            "pydantic_core",
            "uvicorn",
            "sqlalchemy",
            "alembic",
            "psycopg",
            "jinja2",
            "markupsafe",
            "markdown_it",
            "typer",
            "click",
            "polars",
            "jwt",
            "cryptography",
            "httpx",
            "prometheus_client",
            "opentelemetry",
            "typst",
        ),
    },
}
"""Packages of others that a room may import."""

NEVER_IN_SERVING = {"mlflow", "shap", "matplotlib", "pickle", "joblib", "shelve", "marshal"}
"""Said twice on purpose: the first four are not in the table, pickle is in the standard library."""

STANDARD_LIBRARY_OF_PROFILERING = {
    *(
        "bisect",
        "calendar",
        "collections",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "fractions",
        "functools",
    ),
    *("itertools", "math", "operator", "types", "typing"),
}
"""What a pure room can need; none of these reads a file, a clock, the environment or a random number
(`datetime` has the clock too, so its calls are looked at one by one)."""

IMPURE_NAMES = {"open", "input", "print", "eval", "exec", "compile", "breakpoint", "__import__"}
IMPURE_METHODS = {
    *("open", "read_text", "read_bytes", "write_text", "write_bytes", "now", "today", "utcnow", "getenv"),
    *("sample", "shuffle"),
}
FRAME_FILES = re.compile(r"(read|scan|write|sink)_(?!text$|bytes$)\w+")
"""polars' own way to files: `read_parquet`, `scan_csv`, `write_json` …"""

CLOCK_EDGES = {"routes", "commands"}
"""Besides `__main__`, whose parts the commands are: where a request or a person at a terminal comes in."""
CLOCK = {"now", "today", "utcnow", "time", "time_ns", "localtime", "gmtime"}

PROTECTED_FOLDERS = re.compile(r"\b(vernede|truth)\b")
MAY_NAME_PROTECTED_FOLDERS = (
    "training/audit.py",
    "training/synthetic/block.py",
    "training/synthetic/tally.py",
)
"""The only files that may name the folders of protected attributes and of the synthetic
truth (population.md): the evaluation and audit step, and the synthetic writer. One place, on purpose."""

MEASURE_ANYTHING = ("training.evaluation", "training.fairness")
"""They measure any table, so nothing of NAV may reach them, through others neither."""
FOR_ANY_TABLE = {
    *("models", "models.calibration", "profilering", "profilering.errors"),
    *("training", "training.calibrate", "training.design", "training.fit"),
}
"""What of ours they may reach: fitting and calibrating numbers, and the tree of errors."""


@dataclass(frozen=True, slots=True)
class Module:
    """One source file of ours, parsed."""

    path: str  # from the root, with slashes
    tree: ast.Module

    @property
    def parts(self) -> tuple[str, ...]:
        """The dotted name, taken apart; a package is its folder."""
        parts = self.path.removesuffix(".py").split("/")
        return tuple(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def name(self) -> str:
        return ".".join(self.parts)

    @property
    def room(self) -> str:
        return self.parts[0]


def modules_under(root: Path) -> list[Module]:
    """Every source file of the four rooms under a root."""
    return [
        Module(file.relative_to(root).as_posix(), ast.parse(file.read_text("utf-8")))
        for room in OWN_ROOMS
        for file in sorted((root / room).rglob("*.py"))
    ]


def module(path: str, source: str) -> Module:
    return Module(path, ast.parse(source))


def imported(module: Module) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What a module imports, wherever it stands: the dotted name, and the names taken from it."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            yield _absolute(module, node), names
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
            yield from ((arg.value, ()) for arg in node.args[:1] if _is_text(arg))  # type: ignore[attr-defined]


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    if node.level == 0:
        return node.module or ""
    package = module.parts if module.path.endswith("__init__.py") else module.parts[:-1]
    base = package[: len(package) - node.level + 1]
    return ".".join((*base, node.module) if node.module else base)


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def forbidden_imports(module: Module) -> list[str]:
    """Imports that the table does not allow this room."""
    found = []
    for name, _ in imported(module):
        top = name.split(".")[0]
        if top in sys.stdlib_module_names:
            forbidden = module.room == "profilering" and top not in STANDARD_LIBRARY_OF_PROFILERING
        else:
            allowed = {module.room, *OWN_ROOMS[module.room], *THIRD_PARTY[module.room]}
            forbidden = top not in allowed
        if module.room == "profilering" and top == "polars":
            forbidden = module.parts[:2] != ("profilering", "features")
        if module.room == "serving" and top in NEVER_IN_SERVING:
            forbidden = True
        if forbidden:
            found.append(f"{module.path} imports {name}")
    return found


def impurities(module: Module) -> list[str]:
    """What a pure room does not touch: files, environment, clock, network, randomness."""
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name) and node.id in IMPURE_NAMES:
            found.append(f"{module.path}:{node.lineno} uses {node.id}")
        if isinstance(node, ast.Attribute) and (
            node.attr in IMPURE_METHODS | {"environ"} or FRAME_FILES.fullmatch(node.attr)
        ):
            found.append(f"{module.path}:{node.lineno} uses .{node.attr}")
    return found


def frame_files(module: Module) -> list[str]:
    """polars' file functions; `models` keeps its files as bytes with digests."""
    return [
        f"{module.path}:{node.lineno} uses .{node.attr}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and FRAME_FILES.fullmatch(node.attr)
    ]


def clock_readings(module: Module) -> list[str]:
    """`now()`, `today()` and `time.time()` outside the edges, under whatever name they were imported."""
    if module.parts[-1] == "__main__" or any(part in CLOCK_EDGES for part in module.parts[1:]):
        return []
    taken = [
        f"{module.path} imports {name}.{what}"
        for name, names in imported(module)
        for what in names
        if name == "time" and what in CLOCK
    ]
    return taken + [
        f"{module.path}:{node.lineno} reads the clock with .{node.attr}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in CLOCK and _may_be_clock(node)
    ]


def _may_be_clock(node: ast.Attribute) -> bool:
    """`time` is also a harmless method; only the module's counts. `now` and `today` always count."""
    return node.attr not in ("time", "time_ns") or (
        isinstance(node.value, ast.Name) and node.value.id == "time"
    )


def named_protected_folders(module: Module) -> list[str]:
    """Strings that name the folders of protected attributes or truth, where they may not be opened."""
    if module.path in MAY_NAME_PROTECTED_FOLDERS:
        return []
    documentation = {id(text) for text in _documentation(module.tree)}
    return [
        f"{module.path}:{node.lineno} names {node.value!r}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documentation
        and PROTECTED_FOLDERS.search(node.value)
    ]


def _documentation(tree: ast.Module) -> Iterator[ast.Constant]:
    """Docstrings, of fields too: texts that stand as a statement and do nothing."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def cycles(modules: list[Module]) -> list[str]:
    """Modules that import each other in a ring, directly or through others; packages count too."""
    graph = _graph(modules)
    reach = {name: _reached_from(name, graph) for name in graph}
    return sorted(f"{name} imports itself through others" for name in graph if name in reach[name])


def _graph(modules: list[Module]) -> dict[str, set[str]]:
    names = {module.name for module in modules}
    return {module.name: _edges(module, names) for module in modules}


def _edges(module: Module, names: set[str]) -> set[str]:
    """Importing a.b.c runs a and a.b first; the packages a module lies in are running already."""
    own = {".".join(module.parts[:n]) for n in range(1, len(module.parts))}
    found = set()
    for name, taken in imported(module):
        parts = name.split(".")
        before = {".".join(parts[:n]) for n in range(1, len(parts))} - own
        submodules = {f"{name}.{what}" for what in taken} & names
        # `from package import submodule` inside that package asks the package for nothing more.
        asked = set() if name in own and len(submodules) == len(taken) > 0 else {name}
        found |= (before | submodules | asked) & names
    return found - ({module.name} if module.path.endswith("__init__.py") else set())


def _reached_from(start: str, graph: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(graph[name])
    return reached


def nav_reached_in_measuring(modules: list[Module]) -> list[str]:
    """What else of ours those that measure anything reach, directly or through others."""
    graph = _graph(modules)
    measuring = {name for name in graph if name.startswith(MEASURE_ANYTHING)}
    return sorted(
        f"{name} reaches {other}"
        for name in measuring
        for other in _reached_from(name, graph) - measuring - FOR_ANY_TABLE
    )


MODULES = modules_under(ROOT)


def test_every_room_is_there_and_read() -> None:
    assert {module.room for module in MODULES} == set(OWN_ROOMS)
    assert "profilering.features.catalogue" in {module.name for module in MODULES}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.path)
def test_a_module_imports_only_what_its_room_may(module: Module) -> None:
    assert forbidden_imports(module) == []


def test_no_module_imports_itself_through_others() -> None:
    assert cycles(MODULES) == []


def test_what_measures_anything_knows_nothing_of_nav() -> None:
    names = {module.name for module in MODULES}
    assert {*MEASURE_ANYTHING, *FOR_ANY_TABLE} <= names
    assert nav_reached_in_measuring(MODULES) == []


def test_the_words_and_the_rules_touch_no_file_clock_network_environment_or_chance() -> None:
    assert [use for module in MODULES if module.room == "profilering" for use in impurities(module)] == []


def test_models_reads_no_frame_from_a_file() -> None:
    assert [use for module in MODULES if module.room == "models" for use in frame_files(module)] == []


def test_the_clock_is_read_at_the_edges_only() -> None:
    assert [reading for module in MODULES for reading in clock_readings(module)] == []


def test_protected_attributes_and_truth_are_opened_by_audit_and_evaluation_only() -> None:
    assert [naming for module in MODULES for naming in named_protected_folders(module)] == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("profilering/policy.py", "from models.bundle import read_bundle"),
        ("profilering/risk.py", "import polars as pl"),
        ("profilering/features/compute.py", "import numpy"),
        ("profilering/assess.py", "import os"),
        ("profilering/assess.py", "from pathlib import Path"),
        ("profilering/assess.py", "import random"),
        ("profilering/assess.py", "import time"),
        ("profilering/assess.py", "def f():\n    import socket"),
        ("profilering/assess.py", "import subprocess"),
        ("profilering/assess.py", "import urllib.request"),
        ("models/bundle.py", "from training.fit import fit"),
        ("models/bundle.py", "import serving.app"),
        ("models/bundle.py", "import mlflow"),
        ("models/bundle.py", "import fastapi"),
        ("training/fit.py", "from serving.app import create_app"),
        ("training/fit.py", "import fastapi"),
        ("training/fit.py", "if TYPE_CHECKING:\n    import serving"),
        ("training/fit.py", "import_module('serving.app')"),
        ("serving/app.py", "from training import fit"),
        ("serving/app.py", "import shap"),
        ("serving/app.py", "from matplotlib import pyplot"),
        ("serving/app.py", "import pickle"),
        ("serving/app.py", "import joblib"),
        ("serving/app.py", "import mlflow.lightgbm"),
        ("serving/journal/journal.py", "from ...training import fit"),
    ],
)
def test_a_planted_import_is_found(path: str, source: str) -> None:
    assert len(forbidden_imports(module(path, source))) == 1


def test_what_the_table_allows_is_not_found() -> None:
    assert forbidden_imports(module("serving/app.py", "import fastapi, hashlib, models.bundle")) == []
    assert forbidden_imports(module("profilering/features/x.py", "import polars as pl")) == []
    assert forbidden_imports(module("training/fit.py", "from profilering.risk import Risk")) == []


@pytest.mark.parametrize(
    "source",
    [
        "open('texts.toml')",
        "Path('x').read_text()",
        "path.read_bytes()",
        "os.environ['STAGE']",
        "os.getenv('STAGE')",
        "datetime.now(UTC)",
        "date.today()",
        "pl.read_parquet('x')",
        "frame.write_csv('x')",
        "pl.scan_csv('x')",
        "frame.sample(3)",
        "__import__('os')",
        "read = open",
    ],
)
def test_a_planted_impurity_is_found(source: str) -> None:
    assert impurities(module("profilering/assess.py", source))


def test_a_frame_file_planted_in_models_is_found() -> None:
    assert frame_files(module("models/bundle.py", "pl.read_parquet(path)"))
    assert frame_files(module("models/bundle.py", "path.read_bytes(); path.write_text('')")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import datetime\ndatetime.datetime.now(datetime.UTC)",
        "from datetime import date\ndate.today()",
        "import time\ntime.time()",
        "from time import time",
        "from datetime import datetime\nclock = datetime.now",
        "from datetime import datetime\ndatetime.utcnow()",
    ],
)
def test_a_clock_planted_outside_the_edges_is_found(source: str) -> None:
    assert clock_readings(module("serving/journal/journal.py", source))
    assert clock_readings(module("serving/__main__.py", source)) == []
    assert clock_readings(module("serving/routes/profileringer.py", source)) == []


def test_measuring_a_duration_is_no_clock() -> None:
    source = "import time\ntime.perf_counter(); x.time()"
    assert clock_readings(module("serving/telemetry/log.py", source)) == []


def test_a_protected_folder_named_elsewhere_is_found() -> None:
    source = '"""About truth."""\nfolder = root / "vernede"\nfile = "truth/part-0.parquet"'
    assert len(named_protected_folders(module("training/fit.py", source))) == 2
    assert len(named_protected_folders(module("serving/app.py", source))) == 2
    for allowed in MAY_NAME_PROTECTED_FOLDERS:
        assert named_protected_folders(module(allowed, source)) == []


def test_a_ring_of_three_rooms_is_found() -> None:
    planted = [
        module("profilering/a.py", "from models.b import B"),
        module("models/b.py", "def late():\n    import training.c"),
        module("training/c.py", "from profilering import a"),
    ]
    assert len(cycles(planted)) == 3


def test_a_module_that_asks_its_own_package_is_found() -> None:
    package = module("profilering/features/__init__.py", "from profilering.features.compute import compute")
    asks = module("profilering/features/compute.py", "from profilering.features import NAMES")
    asks_beside = module("profilering/features/compute.py", "from . import catalogue")
    catalogue = module("profilering/features/catalogue.py", "")
    assert cycles([package, asks, catalogue])
    assert cycles([package, asks_beside, catalogue]) == []


def test_what_reaches_nav_from_the_measuring_is_found_through_others_too() -> None:
    planted = [
        module("training/evaluation/x.py", "from training.fit import f"),
        module("training/fairness/y.py", "def late():\n    from profilering.risk import Outcome"),
        module("training/fit.py", "from training.split import Rows"),
        module("training/split.py", ""),
        module("profilering/risk.py", ""),
    ]
    assert nav_reached_in_measuring(planted) == [
        "training.evaluation.x reaches training.split",
        "training.fairness.y reaches profilering.risk",
    ]
    allowed = [
        module("training/evaluation/x.py", "from training.fit import f"),
        module("training/fit.py", ""),
    ]
    assert nav_reached_in_measuring(allowed) == []


def test_violations_in_a_tree_of_files_are_found(tmp_path: Path) -> None:
    for path, source in {
        "profilering/deep/er/x.py": "import os",
        "models/y.py": "",
        "training/z.py": "import serving.w",
        "serving/w.py": "import training.z",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(source)
    planted = modules_under(tmp_path)
    assert [found for m in planted for found in forbidden_imports(m)] == [
        "profilering/deep/er/x.py imports os",
        "training/z.py imports serving.w",
        "serving/w.py imports training.z",
    ]
    assert len(cycles(planted)) == 2
