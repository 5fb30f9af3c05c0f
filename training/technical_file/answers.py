"""What no file can tell: the words of the project and of those responsible, from one TOML."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from profilering.errors import SetupError
from training.technical_file.annex import ANSWERED_IN_WORDS, NEEDS, Giver
from training.technical_file.evidence import Evidence, Statement, named_only, says_something
from training.typed_toml import ConfigError, build, read_toml

DEFAULT = Path(__file__).parent.parent / "config" / "technical_file.toml"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `tekst` is empty as long as nobody has given it."""

    tekst: str  # paragraphs with an empty line between
    gitt_av: str
    gitt: str  # day, or empty
    grunnlag: tuple[str, ...]  # files that show it, from the root of the checkout or beside the TOML
    venter_paa: str  # who can give it; empty where it is given


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers, by the name of the need."""

    svar: Mapping[str, Answer]


def read_answers(path: Path = DEFAULT) -> Answers:
    """Read the answers. Raises ConfigError naming the key that is wrong."""
    answers = build(Answers, read_toml(path), path.name)
    for name, answer in answers.svar.items():
        where = f"{path.name}.svar.{name}"
        if name not in ANSWERED_IN_WORDS:
            raise ConfigError(f"{where} answers nothing of Annex IV; known: {', '.join(ANSWERED_IN_WORDS)}")
        for text in (answer.tekst, answer.gitt_av, answer.venter_paa, *answer.grunnlag):
            _refuse_unseen(text, where)
        if answer.gitt and not _is_day(answer.gitt):
            raise ConfigError(f"{where}.gitt is written as a day, like 2026-11-23")
    return answers


def stated(name: str, answers: Answers, root: Path, own: Evidence) -> Statement:
    """Make a statement of an answer; `own` is the file it stands in, and shows who said so."""
    answer, need = answers.svar.get(name), NEEDS[name]
    if answer is None or not says_something(answer.tekst):
        waiting = answer.venter_paa.strip() if answer is not None else ""
        return Statement(missing=f"ingen har svart; venter på {waiting or need.giver}")
    if not answer.gitt_av.strip() or not answer.gitt:
        return Statement(missing="det står ikke hvem som har svart, eller når (gitt_av, gitt)")
    if need.giver is Giver.PEOPLE and answer.gitt_av.strip().casefold() == Giver.PROJECT:
        return Statement(missing="dette kan ikke prosjektet svare på selv")
    if not answer.grunnlag and (need.file_wanted or need.giver is Giver.PROJECT):
        return Statement(missing="svaret viser ikke til noen fil (grunnlag)")
    try:
        files = tuple(_linked(file, root, own.path.parent) for file in answer.grunnlag)
    except SetupError as problem:
        return Statement(missing=f"grunnlaget finnes ikke: {problem}")
    paragraphs = [" ".join(part.split()) for part in answer.tekst.strip().split("\n\n")]
    said = f"Svart av {answer.gitt_av.strip()}, {answer.gitt}."
    return Statement(text=(*paragraphs, said), evidence=(*files, own))


def _linked(file: str, root: Path, beside: Path) -> Evidence:
    """A file named in an answer: of the checkout, or beside the TOML; never elsewhere."""
    for base in (root, beside):
        path = (base / file).resolve()
        if path.is_relative_to(base.resolve()) and path.is_file():
            return named_only(path, file)
    raise SetupError(f"{file} is no file in the checkout or beside the answers")


def _refuse_unseen(text: str, where: str) -> None:
    """Signs that nobody sees could make a text say something else than it shows."""
    for sign in text:
        if unicodedata.category(sign) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} and sign != "\n":
            raise ConfigError(f"{where} holds the unseen sign U+{ord(sign):04X}; take it out")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
