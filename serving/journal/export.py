"""The journal as a folder: for an auditor who checks it elsewhere, and for those who watch the service.

`journal.jsonl` has one canonical JSON object per entry, in the order of the chain, with everything
that was hashed: `innhold` is the very text that was kept, as a string. Beside it lie the signed
checkpoints (`sjekkpunkter`), the public keys they may be held against (`noekkel.txt`) and the script
that checks all of it with nothing but Python (`etterproev.py`). The folder holds what was said of
people: it is made for its owner's eyes only, and belongs where the journal belongs.
"""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from models.canonical import canonical_json
from profilering.errors import SetupError
from serving.journal import etterproev
from serving.journal.etterproev import CHECKPOINT_NAME, FaultError
from serving.journal.reading_rows import ENTRIES, Row, rows_of
from serving.journal.verify import keys_of

TEXTS = ("slag", "sak", "opprettet", "forrige", "forpliktelse", "digest")
"""A line's names for what stands between number and salt in a row."""


def export_journal(place: str, out: Path, *, checkpoints: Path | None, public_keys: Sequence[str]) -> int:
    """Write every entry there is now to the folder `out`, and give their number; others may append meanwhile.

    `place` is a path or a `postgresql://` address, `checkpoints` the folder they lie in, and
    `public_keys` what `noekkel.txt` says of them, in base64. The folder appears whole or not at all.
    Raises SetupError for what is no journal or cannot be read, and for a folder that cannot be made.
    """
    if out.exists():
        raise SetupError(f"{out} exists, and no export is written over; give a folder that is not there")
    keys = keys_of(public_keys) if checkpoints is not None or public_keys else []
    try:
        with _making(out) as folder:
            if checkpoints is not None:
                # Before the entries: each of these is then about an entry that is exported.
                _copy_checkpoints(checkpoints, folder / "sjekkpunkter")
            _write(folder / "noekkel.txt", (f"{key}\n".encode() for key in keys))
            _write(folder / "etterproev.py", [Path(etterproev.__file__).read_bytes()])
            with rows_of(place) as read:
                return _write(folder / "journal.jsonl", map(_line, read(ENTRIES)))
    except FaultError as error:
        problem = f"the journal cannot be exported: {error.reason}; see what `journal verify` says"
    except OSError as error:
        problem = f"{error.filename or out} cannot be read or written: {error.strerror}; nothing is exported"
    raise SetupError(problem)


@contextmanager
def _making(out: Path) -> Iterator[Path]:
    """Give a folder beside that only its owner may enter; it becomes `out` when all is well."""
    folder = Path(mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    try:
        yield folder
        folder.rename(out)
    except BaseException:
        shutil.rmtree(folder)
        raise


def _copy_checkpoints(folder: Path, out: Path) -> None:
    out.mkdir(mode=0o700)
    for file in sorted(folder.iterdir()):
        if CHECKPOINT_NAME.fullmatch(file.name):
            _write(out / file.name, [file.read_bytes()])


def _write(file: Path, parts: Iterable[bytes]) -> int:
    """Write a file that only its owner may read, and give the number of its parts."""
    count = 0
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as opened:
        for part in parts:
            opened.write(part)
            count += 1
        opened.flush()
        os.fsync(opened.fileno())
    return count


def _line(row: Row) -> bytes:
    nummer, *texts, salt, innhold = row
    try:
        entry = dict(zip(TEXTS, map(_text, texts), strict=True)) | {
            "nummer": nummer,
            "salt": salt.hex() if isinstance(salt, bytes) else None,
            "innhold": None if innhold is None else _text(innhold),
        }
        return canonical_json(entry) + b"\n"
    except (ValueError, TypeError):
        problem = f"entry {nummer} holds something that is no UTF-8 text, which a line of JSON cannot carry"
    # Outside the handler: the library's own error has the content in it.
    raise SetupError(f"{problem}; see what `journal verify` says")


def _text(value: object) -> str:
    if not isinstance(value, bytes):
        raise TypeError("not as it was written")
    return value.decode()
