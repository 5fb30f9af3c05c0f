"""Read a notebook, and run it as a data scientist would: in a kernel of its own, but with no network."""

import ast
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # seconds to import (it compiles grammars), in every process that runs any test
    from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "notebooks"
PATIENCE_SECONDS = 120
NETWORK = ("socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
"""What Python tells its audit hooks when somebody wants a port, a peer or an address."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a run left for the reader's eyes."""

    text: str  # tables, values and messages, also errors'
    figures: tuple[str, ...]  # SVG
    complaints: tuple[str, ...]  # standard error


class NetworkUsedError(BaseException):
    """No `Exception`: a library that tries the network and goes on without it is found too."""


def refuse_network() -> None:
    """From here on this process cannot open a port, reach another or ask for an address.

    The kernel's own sockets are ZeroMQ's, which are files here and ask Python nothing.
    """

    def refuse(event: str, _arguments: tuple[object, ...]) -> None:
        if event in NETWORK:
            raise NetworkUsedError(event)

    sys.addaudithook(refuse)


def read(name: str) -> "NotebookNode":
    """The notebook as it is stored. Raises ValidationError if it is none."""
    import nbformat  # late, as above

    notebook: NotebookNode = nbformat.read(FOLDER / name, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    return notebook


def code_of(notebook: "NotebookNode") -> ast.Module:
    """All its code, parsed."""
    return ast.parse("\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code"))


def run(name: str, register: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Run a notebook on a register; `folder` takes what Jupyter writes. Raises CellExecutionError."""
    import nbformat  # late, as above
    from nbclient import NotebookClient
    from traitlets.config import Config

    for place in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(place, str(folder))
    monkeypatch.setenv("PROFILERING_REGISTER", str(register))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = read(name)
    guard = "from tests.notebooks import refuse_network\nrefuse_network()"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(guard))  # type: ignore[no-untyped-call]
    # Files for sockets: no port, not even on loopback.
    kernel = {"transport": "ipc", "connection_file": str(folder / "kernel.json")}
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=PATIENCE_SECONDS,
        resources={"metadata": {"path": str(FOLDER)}},
        config=Config({"KernelManager": kernel}),
    )
    client.execute()
    return _shown(notebook)


def _shown(notebook: "NotebookNode") -> Shown:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    data = [output["data"] for output in outputs if "data" in output]
    streams = [output for output in outputs if output["output_type"] == "stream"]
    return Shown(
        text="\n".join(
            [
                *(one.get("text/markdown", one["text/plain"]) for one in data),
                *(one["text"] for one in streams),
            ]
        ),
        figures=tuple(one["image/svg+xml"] for one in data if "image/svg+xml" in one),
        complaints=tuple(one["text"] for one in streams if one["name"] == "stderr"),
    )
