"""Reading the reviewed texts (`profilering/texts/*.toml`): the files lie beside the words they use."""

import tomllib
from pathlib import Path

import profilering
from profilering.errors import SetupError
from profilering.tekster import Tekster, tekster_of

TEXTS = Path(profilering.__file__).parent / "texts"
ANSWERED_IN = "nb"
"""The language of every answer to a registrering; the others are told on request."""
LANGUAGES = (ANSWERED_IN, "nn", "en")


def text_path(spraak: str) -> Path:
    """Where the texts of this language lie."""
    return TEXTS / f"{spraak}.toml"


def digest_name(spraak: str) -> str:
    """What the journal calls the digest of this language's texts."""
    return "tekster" if spraak == ANSWERED_IN else f"tekster_{spraak}"


def read_tekster(path: Path) -> Tekster:
    """Read the texts of one language. Raises SetupError saying what is wrong."""
    try:
        return tekster_of(tomllib.loads(path.read_text("utf-8")))
    except (OSError, tomllib.TOMLDecodeError, KeyError) as problem:
        raise SetupError(f"texts {path.name} cannot be read: {problem}") from None


def text_approvals() -> dict[str, str]:
    """Of each language's file: who approved it, in the file's own words."""
    return {
        path.stem: str(tomllib.loads(path.read_text("utf-8"))["godkjent"])
        for path in sorted(TEXTS.glob("*.toml"))
    }
