"""The notebooks run, show what they promise, and are stored clean.

Synthetic register: what they show proves machinery and says nothing about Norway.
"""

import ast
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.notebooks import FOLDER, ROOT, code_of, read, run

MOST_CELLS = 12
MINIMAL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
OPEN_TO_TRAINING = {"training", "models", "profilering"}
WHOLE_PERSON = re.compile(r"\bS\d{8}\b")
"""The ids of the synthetic register; a periode begins with its person's."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What a reader of one notebook shall find in it."""

    notebook: str
    texts: tuple[str, ...]
    figures: int


PROMISES = (
    Promise(
        "kom-i-gang.ipynb",
        (
            *("| Trent på |", "| Kalibrert på |", "| Senere kull |", "| Mål | LightGBM | Dagens regel |"),
            *("**LightGBM minus de andre", "| bedre_enn_dagens_regel |", "krav REQ-77"),
        ),
        figures=1,
    ),
    Promise(
        "forklaringer.ipynb",
        (
            *("| JA | BEHOV_FOR_ARBEIDSEVNEVURDERING | OPPGITT_HELSEHINDRING |", "| Grunntall (log-odds) |"),
            *("### Ressurser som trakk tallet ned", "### Dette vet ikke modellen", "Tenk deg 100 personer"),
            *("**Bidrag mot definisjonen**", "**Retninger**", "Etter trærne"),
            "\nTrue\n",
        ),
        figures=4,
    ),
    Promise(
        "rettferdighet.ipynb",
        (
            *("**landbakgrunn: forskjeller**", "kan ikke testes", "påvist forskjell, p", "| 0,010 | 0,030 |"),
            *("| kjoenn × landbakgrunn |", "er påvist over grensen", "| Uten alder | 0,"),
        ),
        figures=5,
    ),
)
NAMES = [promise.notebook for promise in PROMISES]


@pytest.mark.parametrize("promise", PROMISES, ids=NAMES)
def test_a_notebook_runs_without_the_network_and_shows_what_it_promises(
    promise: Promise,
    small_register: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A short name: a socket's file may have 107 letters at most.
    shown = run(promise.notebook, small_register, tmp_path_factory.mktemp("nb"), monkeypatch)
    assert [text for text in promise.texts if text not in shown.text] == []
    assert len(shown.figures) == promise.figures
    assert all("<title" in figure and "<desc" in figure for figure in shown.figures)
    assert "De sier ingenting om personer i Norge" in shown.text
    assert "\nFalse" not in shown.text
    assert shown.complaints == ()
    assert not WHOLE_PERSON.search(shown.text + "".join(shown.figures))


def test_every_notebook_is_run() -> None:
    assert sorted(path.name for path in FOLDER.glob("*.ipynb")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_short_and_stored_without_results_or_traces(name: str) -> None:
    notebook = read(name)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(notebook.cells) <= MOST_CELLS
    assert notebook.metadata == MINIMAL
    assert all(cell.metadata == {} for cell in notebook.cells)
    assert [cell.id for cell in cells if cell.outputs or cell.execution_count is not None] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_says_first_what_its_figures_are_worth_and_where_they_come_from(name: str) -> None:
    first = read(name).cells[0].source
    assert "De sier ingenting om Norge" in first
    assert "`PROFILERING_REGISTER`" in first
    assert "`../../var/register`" in first


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_uses_public_names_of_the_rooms_open_to_training(name: str) -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    modules, names = _imported(code_of(read(name)))
    assert {module.split(".")[0] for module in modules} & rooms <= OPEN_TO_TRAINING
    assert [private for private in names if private.startswith("_")] == []


def test_the_network_is_refused_even_to_those_who_would_not_say() -> None:
    tried = """
import socket
from tests.notebooks import refuse_network
refuse_network()
try:
    socket.create_connection(("127.0.0.1", 9), timeout=1)
except Exception:
    print("went on")
"""
    ended = subprocess.run(
        [sys.executable, "-c", tried], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 1
    assert "NetworkUsedError: socket." in ended.stderr
    assert "went on" not in ended.stdout


def _imported(code: ast.Module) -> tuple[set[str], list[str]]:
    """The modules a notebook imports, and every name it takes out of them or off anything."""
    modules: set[str] = set()
    names: list[str] = []
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module or ".")
            names += [*(node.module or "").split("."), *(alias.name for alias in node.names)]
        elif isinstance(node, ast.Attribute):
            names.append(node.attr)
    return modules, names
