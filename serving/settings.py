"""The service's settings: environment first, flags over it, and no name that is not known."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from models.approved import APPROVED, ARTEFACTS
from profilering.errors import SetupError
from serving.edge.loopback import is_loopback
from serving.edge.stopping import LONGEST_WAIT_SECONDS
from serving.identity.issuers import Issuer, IssuerKind
from serving.identity.tilgang import TILGANG

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
    saksliste: Path  # the file of the auditors' list of cases, made where there is none
    overvaaking: Path | None  # report.json of the newest monitoring, for the auditors' pages
    arkiv: Path  # the folder where everything an answer stood on is kept by digest
    checkpoints: Path | None  # the folder for signed checkpoints, outside the database
    checkpoint_key: Path | None  # the Ed25519 key they are signed with
    audit_log: str  # where lines about who saw whom go: a file, or tcp://host:port; empty is nowhere
    issuers: tuple[Issuer, ...]  # whose tokens let somebody in; none: no token, and loopback only
    tilgang: Path  # the file that says who may ask, and what for
    workers: int  # processes that answer
    stop_seconds: float  # how long a worker answers on after it was asked to stop
    traces: bool  # whether spans go where the platform collects them

    def __post_init__(self) -> None:
        """Hold the settings against each other. Raises SetupError."""
        if not self.issuers and not is_loopback(self.host):
            raise SetupError(
                f"host {self.host} can be reached from other machines and no issuer of tokens is set; "
                f"use 127.0.0.1, or set {', '.join(PLATFORM.values())}"
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
        "saksliste": "",
        "overvaaking": "",
        "arkiv": "var/arkiv",
        "checkpoints": "",
        "checkpoint_key": "",
        "audit_log": "",
        "entra_audience": "",
        "entra_issuer": "",
        "entra_jwks_uri": "",
        "tokenx_audience": "",
        "tokenx_issuer": "",
        "tokenx_jwks_uri": "",
        "tilgang": str(TILGANG),
        "workers": "1",
        "stop_seconds": f"{LONGEST_WAIT_SECONDS:g}",
        "traces": "off",
    }
)
PLATFORM: Mapping[str, str] = MappingProxyType(
    {
        "entra_audience": "AZURE_APP_CLIENT_ID",
        "entra_issuer": "AZURE_OPENID_CONFIG_ISSUER",
        "entra_jwks_uri": "AZURE_OPENID_CONFIG_JWKS_URI",
        "tokenx_audience": "TOKEN_X_CLIENT_ID",
        "tokenx_issuer": "TOKEN_X_ISSUER",
        "tokenx_jwks_uri": "TOKEN_X_JWKS_URI",
    }
)
"""Settings that NAV's platform gives under names of its own (domain/nav.md, section 5)."""


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
        saksliste=_saksliste(texts),
        overvaaking=_path(texts["overvaaking"]),
        arkiv=Path(texts["arkiv"]),
        checkpoints=_path(texts["checkpoints"]),
        checkpoint_key=_path(texts["checkpoint_key"]),
        audit_log=texts["audit_log"],
        issuers=tuple(_issuers(texts)),
        tilgang=Path(texts["tilgang"]),
        workers=_number("workers", texts["workers"], int, 1, 64),
        stop_seconds=_number("stop_seconds", texts["stop_seconds"], float, 0, LONGEST_WAIT_SECONDS),
        traces=_on("traces", texts["traces"]),
    )


def _issuers(texts: Mapping[str, str]) -> Iterator[Issuer]:
    """Those that are set; one that is set in part is a slip that would leave a door open."""
    for kind in IssuerKind:
        parts = {part: texts[f"{kind}_{part}"] for part in ("issuer", "audience", "jwks_uri")}
        if all(parts.values()):
            yield Issuer(kind, **parts)
        elif any(parts.values()):
            missing = ", ".join(variable_of(f"{kind}_{part}") for part, text in parts.items() if not text)
            raise SetupError(f"the issuer {kind} is set in part; set {missing} too, or none of them")


def _saksliste(texts: Mapping[str, str]) -> Path:
    """Beside the journal where none is set, for it is about that journal alone."""
    beside = "var/journal" if "://" in texts["journal"] else texts["journal"]
    return Path(texts["saksliste"] or f"{beside}.saksliste")


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def variable_of(name: str) -> str:
    """Name of the environment variable that holds a setting."""
    return PLATFORM.get(name, PREFIX + name.upper())


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = [variable_of(name) for name in DEFAULTS]
    for name in environ:
        if name.startswith(PREFIX) and name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0) or known
            raise SetupError(f"the environment has {name}, which is no setting; did you mean {near[0]}?")


def _on(name: str, text: str) -> bool:
    if text not in {"on", "off"}:
        raise SetupError(f"{name} is {text!r}; it must be on or off")
    return text == "on"


def _number(name: str, text: str, kind: Callable[[str], N], low: float, high: float) -> N:
    fault = SetupError(f"{name} is {text!r}; it must be a number from {low:g} to {high:g}")
    try:
        number = kind(text)
    except ValueError:
        raise fault from None
    if not low <= number <= high:  # also refuses NaN
        raise fault
    return number
