"""Reading the register of risks: what may go wrong for people, what was done, and the tests that show it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from profilering.errors import SetupError

RISIKOREGISTER = Path(__file__).parent / "risikoregister.toml"


@dataclass(frozen=True, slots=True)
class Risiko:
    """What may go wrong for whom, what was done, what shows it, and what is left."""

    id: str
    hva: str
    hvem: str
    alvor: str
    krav: tuple[str, ...]  # REQ-…
    tiltak: str
    tester: tuple[str, ...]  # tests/test_x.py::test_name
    gjenstaar: str
    eier: str


LISTS = ("krav", "tester")


def read_risikoregister(path: Path = RISIKOREGISTER) -> tuple[Risiko, ...]:
    """Read every risk, in the order of the file. Raises SetupError saying which is not whole."""
    written = _read(path).get("risiko")
    if not isinstance(written, list) or not written:
        raise SetupError(f"{path.name} has no [[risiko]]; write at least one")
    risks = tuple(_risiko(one, f"{path.name}: risiko[{number}]") for number, one in enumerate(written))
    if len({risk.id for risk in risks}) < len(risks):
        raise SetupError(f"{path.name} has two risks of one id; give each its own")
    return risks


def risks_approved_by(path: Path = RISIKOREGISTER) -> str:
    """Who approved the register, in the file's own words. Raises SetupError."""
    words = _read(path).get("godkjent_av")
    if not isinstance(words, str) or not words:
        raise SetupError(f"{path.name} has no godkjent_av; say who approved it, or that nobody has")
    return words


def _read(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as problem:
        raise SetupError(f"{path.name} cannot be read: {problem}") from None


def _risiko(written: object, where: str) -> Risiko:
    names = {field.name for field in fields(Risiko)}
    odd = sorted(names ^ set(written)) if isinstance(written, dict) else ["everything"]
    if not isinstance(written, dict) or odd:
        raise SetupError(f"{where} is odd in {', '.join(odd)}; the keys are {', '.join(sorted(names))}")
    for name, value in written.items():
        whole = (
            isinstance(value, list) and value and all(isinstance(one, str) and one for one in value)
            if name in LISTS
            else isinstance(value, str) and value
        )
        if not whole:
            raise SetupError(f"{where}.{name} is {'a list of words' if name in LISTS else 'words'}; write it")
    values = {name: tuple(value) if name in LISTS else value for name, value in written.items()}
    return Risiko(**values)  # type: ignore[arg-type]  # words, and lists of words: seen to above
