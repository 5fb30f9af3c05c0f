"""The journal as a file of lines, for those who watch the service and have no way into its database.

One canonical JSON object per entry, in the order of the chain: `nummer`, `slag`, `sak`, `tid`,
`digest` and `innhold`, which is null where the content was erased. The file holds what was said
of people: it is made for its owner's eyes only, and belongs where the journal belongs.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from sqlalchemy import Engine, Row, select
from sqlalchemy.exc import SQLAlchemyError

from models.canonical import canonical_json
from profilering.errors import SetupError
from serving.journal.entry import JournalUnavailableError
from serving.journal.sqlite import open_engine, refuse_other_databases
from serving.journal.tables import innfoersel, innhold

AT_A_TIME = 500
"""Entries held in memory; an entry is some ten kilobytes."""

_ENTRIES = (
    select(
        innfoersel.c.nummer,
        innfoersel.c.slag,
        innfoersel.c.sak_id,
        innfoersel.c.opprettet,
        innfoersel.c.digest,
        innhold.c.bytes,
    )
    .join(innhold, isouter=True)
    .order_by(innfoersel.c.nummer)
)


def export_journal(journal: Path, out: Path, *, busy_timeout_seconds: float) -> int:
    """Write every entry there is now to `out`, and give their number; others may append meanwhile.

    A file that is there is replaced when the new one is whole, never before. Raises SetupError for
    a file that is no journal, and JournalUnavailableError where it cannot be read.
    """
    if not journal.exists():
        raise SetupError(f"there is no journal at {journal}; give the path of the file")
    engine = open_engine(journal, busy_timeout_seconds=busy_timeout_seconds)
    try:
        refuse_other_databases(engine, journal)
        return _write_whole(_lines(engine), out)
    except SQLAlchemyError as error:
        raise JournalUnavailableError(f"the journal cannot be read: {type(error).__name__}") from None
    finally:
        engine.dispose()


def _lines(engine: Engine) -> Iterator[bytes]:
    # One statement reads one snapshot.
    with engine.connect() as connection:
        for row in connection.execution_options(yield_per=AT_A_TIME).execute(_ENTRIES):
            yield canonical_json(_entry(row)) + b"\n"


def _entry(row: Row[*tuple[Any, ...]]) -> dict[str, object]:
    return {
        "nummer": row.nummer,
        "slag": row.slag,
        "sak": row.sak_id,
        "tid": row.opprettet,
        "digest": row.digest,
        "innhold": None if row.bytes is None else _content(row.nummer, row.bytes),
    }


def _content(number: int, content: bytes) -> object:
    try:
        return json.loads(content)
    except ValueError:
        problem = f"the content of entry {number} is no JSON; check the journal with `journal verify`"
    raise SetupError(problem)


def _write_whole(lines: Iterator[bytes], out: Path) -> int:
    """Write beside and rename: whoever reads `out` finds all of it. Only its owner may read it."""
    count = 0
    try:
        with NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}.", delete=False) as file:
            making = Path(file.name)
            try:
                for line in lines:
                    file.write(line)
                    count += 1
                file.flush()
                os.fsync(file.fileno())
                making.replace(out)
            except BaseException:
                making.unlink()
                raise
    except OSError as problem:
        raise SetupError(f"{out} cannot be written: {problem.strerror}; give another path") from None
    return count
