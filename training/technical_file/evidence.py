"""What a statement stands on: files, each with the digest of the very bytes that were read."""

from dataclasses import dataclass, field
from pathlib import Path

from models.canonical import digest_of
from profilering.errors import SetupError
from training.digests import digest_of_file
from training.reporting.report import Table


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that shows something. Its name tells where it lies without telling of this machine."""

    name: str  # "pakken/card.md", or the path from the root of the checkout
    digest: str  # sha256:…
    path: Path = field(compare=False)  # where it was read


@dataclass(frozen=True, slots=True)
class Shown:
    """A file as it was read, with the evidence of it."""

    content: bytes
    evidence: Evidence

    @property
    def text(self) -> str:
        """The content as text. Raises SetupError when it is none."""
        try:
            return self.content.decode()
        except UnicodeDecodeError:
            raise SetupError(f"{self.evidence.name} is no UTF-8 text; give the file anew") from None


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said to one need, and what shows it; or why nothing can be said."""

    text: tuple[str, ...] = ()  # paragraphs, plain text
    tables: tuple[Table, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    figures: bool = False  # measured on the register of the run
    missing: str = ""  # what lacks, and who can give it

    @property
    def fault(self) -> str:
        """Why this is no answer; empty when it is one."""
        if self.missing:
            return self.missing
        said = any(says_something(text) for text in self.text) or any(table.rows for table in self.tables)
        if not said:
            return "det er tomt"
        return "" if self.evidence else "ingen fil viser det"


def shown(path: Path, name: str) -> Shown:
    """Read a file as evidence. Raises SetupError when it cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise SetupError(f"{name} cannot be read ({problem.strerror}); bring it back: {path}") from None
    return Shown(content, Evidence(name, digest_of(content), path))


def named_only(path: Path, name: str) -> Evidence:
    """Name a file that may be larger than memory. Raises SetupError when it cannot be read."""
    try:
        return Evidence(name, digest_of_file(path), path)
    except OSError as problem:
        raise SetupError(f"{name} cannot be read ({problem.strerror}); bring it back: {path}") from None


def says_something(text: str) -> bool:
    """Whether there is a letter or a figure in it."""
    return any(sign.isalnum() for sign in text)
