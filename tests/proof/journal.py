"""Everything that is tried on the journal, as lines of one table."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.grounds import an_honest_journal
from tests.postgres import Postgres, a_server
from tests.proof.disk import Failures, build_disk, cut_power, fail_each_call
from tests.proof.erasure import Traces, erase_in_postgres, erase_in_sqlite
from tests.proof.kills import Plan, Survived, kill_workers
from tests.proof.table import Line
from tests.proof.wire import cut_at_each_message
from tests.tampering import matrix


def prove_journal(*, kills: int, crashes: int) -> Iterator[Line]:
    """Kill, crash, cut and fail; give a line when each is done."""
    with TemporaryDirectory() as name, a_server() as server:
        folder = Path(name)
        yield _killed("SQLite", _on_sqlite(folder / "kills", kills))
        yield _killed("PostgreSQL", _on_postgres(folder / "pg", server, Plan(kills, crashes)))
        yield from _disk(folder)
        yield from _wire(server)
        yield from _tampered(folder, server)
    yield from _erased()


def _on_sqlite(folder: Path, kills: int) -> Survived:
    folder.mkdir()
    return kill_workers(str(folder / "journal.db"), folder, Plan(kills))


def _on_postgres(folder: Path, server: Postgres, plan: Plan) -> Survived:
    folder.mkdir()
    return kill_workers(server.a_journal(), folder, plan, server)


def _killed(database: str, found: Survived) -> Line:
    crashes = f", {found.crashes} database crashes" if found.crashes else ""
    return Line(
        f"{database}: workers killed while four write",
        f"{found.kills} kills{crashes}",
        f"{found.acknowledged:,} acknowledged, {found.missing} of them missing, {found.twice} duplicates, "
        f"{found.entries:,} entries verified",
        found.holds(),
    )


def _disk(folder: Path) -> Iterator[Line]:
    library = build_disk(folder)
    (folder / "power").mkdir()
    cuts = cut_power(library, folder / "power", entries=300, cuts=300)
    yield Line(
        "SQLite: the power goes, nothing unsynced is left",
        f"{cuts.cuts} moments",
        f"{cuts.acknowledged} acknowledged, {cuts.lost} lost",
        cuts.lost == 0,
    )
    (folder / "normal").mkdir()
    weaker = cut_power(library, folder / "normal", entries=300, cuts=60, synchronous="NORMAL")
    yield Line(
        "the same with synchronous=NORMAL must lose some",
        f"{weaker.cuts} moments",
        f"{weaker.lost} lost",
        weaker.lost > 0,
    )
    for lasting, how in ((False, "once"), (True, "from then on")):
        (folder / how).mkdir()
        yield _failed(
            f"SQLite: every file call fails {how}", fail_each_call(library, folder / how, lasting=lasting)
        )


def _wire(server: Postgres) -> Iterator[Line]:
    for lose_the_answer, how in ((False, "before it arrives"), (True, "before its answer")):
        found = cut_at_each_message(server, lose_the_answer=lose_the_answer)
        yield _failed(f"PostgreSQL: the wire is cut at every message, {how}", found)


def _tampered(folder: Path, server: Postgres) -> Iterator[Line]:
    places = {"SQLite": str(folder / "tampered.db"), "PostgreSQL": server.a_journal()}
    for database, place in places.items():
        (folder / database).mkdir()
        found = matrix(an_honest_journal(place, folder / database))
        yield Line(
            f"{database}: tampered with",
            f"{len(found)} ways",
            f"{sum(one.found for one in found)} found with checkpoints, "
            f"{sum(one.found_without_checkpoints for one in found)} without",
            all(one.found for one in found),
        )


def _erased() -> Iterator[Line]:
    with TemporaryDirectory() as folder:
        yield _searched("SQLite", erase_in_sqlite(Path(folder)))
    with a_server("wal_recycle = off") as server:
        yield _searched("PostgreSQL", erase_in_postgres(server))


def _searched(database: str, traces: Traces) -> Line:
    return Line(
        f"{database}: every file searched after erasing 20 cases",
        f"{traces.planted} values, {traces.before} of them found before",
        f"{traces.after} found after",
        traces.before == traces.planted and traces.after == 0 and traces.others_kept,
    )


def _failed(what: str, found: Failures) -> Line:
    return Line(
        what,
        f"{found.calls} calls",
        f"{found.told} told as unavailable, {found.missing} acknowledged and missing, "
        f"{found.stuck} not made afterwards",
        found.missing == found.stuck == 0 < found.told,
    )
