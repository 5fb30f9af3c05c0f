"""Which bytes were delivered: `register.json` has the digest of every Parquet file of a register.

A damaged Parquet file can end the whole process inside its reader, where no error can be caught. So
no file of a register is parsed before its digest is found right.

Tables of `register.json`: `filer` for `extract/`, `filer_<folder>` for every other folder; in each,
the path relative to that folder and `sha256:…`.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from profilering.errors import CallerError
from training.contract import ExtractError, Fault

EXTRACT = "extract"
DESCRIPTION = "register.json"
TABLE = "filer"
LAYOUTS = ("*.parquet", "*/*.parquet")
"""Where parts lie in a folder: straight in it, or in one folder per table. Nothing reads what lies deeper."""

LIST_THEM = "list them where the register is made: python -m training digests REGISTER"


def read_description(register: Path) -> dict[str, Any]:
    """Read what a register says of itself. Raises ExtractError when it is not there or no JSON object."""
    try:
        about = json.loads((register / DESCRIPTION).read_text("utf-8"))
    except (OSError, ValueError):
        about = None
    if not isinstance(about, dict):
        remedy = "write a JSON object with name and extract_date (YYYY-MM-DD) in it"
        raise ExtractError((Fault(DESCRIPTION, "all", "cannot be read", 0, None, remedy),))
    return about


def write_digests(register: Path) -> int:
    """List the files of a register, as whoever makes it does last; gives how many they are.

    Not for whoever receives one: it would declare damaged files whole. Raises ExtractError when there
    is no description to list them in or no extract, CallerError when a file cannot be opened.
    """
    about = {key: value for key, value in read_description(register).items() if not _is_table(key)}
    folders = sorted(path for path in register.iterdir() if path.is_dir())
    try:
        listed = {_table(path.name): files for path in folders if (files := _digests_of(path))}
        if TABLE not in listed:
            raise ExtractError((Fault(f"{EXTRACT}/*/*.parquet", "all", "no file", 0, None, "write them"),))
        making = register / f".{DESCRIPTION}.making"
        making.write_text(json.dumps({**about, **listed}, indent=2, ensure_ascii=False) + "\n", "utf-8")
        making.replace(register / DESCRIPTION)
    except OSError as problem:
        raise CallerError(f"{problem.filename}: {problem.strerror}; nothing is listed") from None
    return sum(map(len, listed.values()))


def listed_files(about: Mapping[str, Any], folder: str = EXTRACT) -> dict[str, str]:
    """What a description lists of one folder: the digest of each file. Empty where it lists nothing."""
    listed = about.get(_table(folder))
    return dict(listed) if isinstance(listed, dict) else {}


def faults_of_files(register: Path, about: Mapping[str, Any], folder: str = EXTRACT) -> Iterator[Fault]:
    """Every file of one folder that is not, to the byte, what the description lists."""
    listed, found = listed_files(about, folder), _parquet_under(register / folder)
    if found and not listed:
        yield Fault(DESCRIPTION, _table(folder), "no digest of any file", 0, None, LIST_THEM)
        return
    for name in sorted({*listed, *found}):
        if wrong := _wrong(register / folder / name, listed.get(name), is_there=name in found):
            problem, remedy = wrong
            yield Fault(name if folder == EXTRACT else f"{folder}/{name}", "all", problem, 0, None, remedy)


def digest_of_file(path: Path) -> str:
    """As `models.canonical.digest_of`, of a file that may be larger than memory."""
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def _wrong(path: Path, listed: str | None, *, is_there: bool) -> tuple[str, str] | None:
    """What is wrong with a file, and the remedy."""
    if not is_there:  # what a description names is never opened for that alone
        return "listed in register.json and not there", "deliver it"
    if listed is None:
        return "there and not listed in register.json", f"take it away, or {LIST_THEM}"
    try:
        whole = digest_of_file(path) == listed
    except OSError:
        return "cannot be opened", "give leave to read it, or deliver it again"
    return None if whole else ("other bytes than register.json lists", "deliver it again")


def _digests_of(folder: Path) -> dict[str, str]:
    return {name: digest_of_file(folder / name) for name in sorted(_parquet_under(folder))}


def _parquet_under(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for layout in LAYOUTS for path in folder.glob(layout)}


def _table(folder: str) -> str:
    return TABLE if folder == EXTRACT else f"{TABLE}_{folder}"


def _is_table(key: str) -> bool:
    return key == TABLE or key.startswith(f"{TABLE}_")
