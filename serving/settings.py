"""The service's settings: environment first, flags over it, and no name that is not known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from models.approved import APPROVED, ARTEFACTS
from profilering.errors import SetupError
from serving.loopback import is_loopback

PREFIX = "PROFILERING_"

N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to listen, what to answer with, and where to keep the journal."""

    host: str
    port: int
    approved: Path  # the file with the approvals
    artefacts: Path  # the folder with the bundles
    journal: str  # path of an SQLite file, made where there is none; or a postgresql:// address
    journal_timeout_seconds: float  # how long a question to the journal may take
    arkiv: Path  # the folder where everything an answer stood on is kept by digest
    checkpoints: Path | None  # the folder for signed checkpoints, outside the database
    checkpoint_key: Path | None  # the Ed25519 key they are signed with
    audit_log: str  # where lines about who saw whom go: a file, or tcp://host:port; empty is nowhere

    def __post_init__(self) -> None:
        """There is no token check yet, so only this machine may ask. Raises SetupError."""
        if not is_loopback(self.host):
            raise SetupError(
                f"host {self.host} can be reached from other machines and this version has no token check; "
                "use 127.0.0.1"
            )
        if (self.checkpoints is None) != (self.checkpoint_key is None):
            raise SetupError("checkpoints and checkpoint_key belong together; set both, or neither")


DEFAULTS: Mapping[str, str] = MappingProxyType(
    {
        "host": "127.0.0.1",
        "port": "8080",  # NAV's services listen here
        "approved": str(APPROVED),
        "artefacts": str(ARTEFACTS),
        "journal": "var/journal.sqlite",
        # api.md: an answer or a refusal within 2 s, whatever the database does.
        "journal_timeout_seconds": "1.5",
        "arkiv": "var/arkiv",
        "checkpoints": "",
        "checkpoint_key": "",
        "audit_log": "",
    }
)


def read_settings(environ: Mapping[str, str], flags: Mapping[str, str | None]) -> Settings:
    """Read the settings. Raises SetupError for a name or a value that cannot be meant."""
    _refuse_unknown(environ)
    given = {name: environ.get(variable_of(name)) for name in DEFAULTS}
    texts = {name: flags.get(name) or given[name] or default for name, default in DEFAULTS.items()}
    return Settings(
        host=texts["host"],
        port=_number("port", texts["port"], int, 0, 65535),
        approved=Path(texts["approved"]),
        artefacts=Path(texts["artefacts"]),
        journal=texts["journal"],
        journal_timeout_seconds=_number(
            "journal_timeout_seconds", texts["journal_timeout_seconds"], float, 0.1, 60
        ),
        arkiv=Path(texts["arkiv"]),
        checkpoints=_path(texts["checkpoints"]),
        checkpoint_key=_path(texts["checkpoint_key"]),
        audit_log=texts["audit_log"],
    )


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def variable_of(name: str) -> str:
    """Name of the environment variable that holds a setting."""
    return PREFIX + name.upper()


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = [variable_of(name) for name in DEFAULTS]
    for name in environ:
        if name.startswith(PREFIX) and name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0) or known
            raise SetupError(f"the environment has {name}, which is no setting; did you mean {near[0]}?")


def _number(name: str, text: str, kind: Callable[[str], N], low: float, high: float) -> N:
    fault = SetupError(f"{name} is {text!r}; it must be a number from {low:g} to {high:g}")
    try:
        number = kind(text)
    except ValueError:
        raise fault from None
    if not low <= number <= high:  # also refuses NaN
        raise fault
    return number
