"""Everything somebody with the journal's database in hand could do to it, and where that is found.

Each case starts from the honest journal of `tests.grounds`. The attacker owns the database (no
trigger, no foreign key holds), knows the arithmetic of the chain, and does not have the key of the
checkpoints. `noekkel` and `forespoersel` of table `noekkel` are no evidence: nothing vouches for them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from models.canonical import canonical_json
from models.signature import new_key, read_signing_key
from serving.journal import Receipt
from serving.journal.chain import START, Link, commitment_to, digest_of
from serving.journal.checkpoints import checkpoint_of
from serving.journal.etterproev import VerifyResult
from serving.journal.verify import verify_journal
from tests.grounds import ENTRIES, OF_AN_ENTRY, WITH_CHECKPOINT, Database, Ground, as_owner
from tests.journals import CASE, CREATED, SALT

Tamper = Callable[[Database, Ground], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One way to tamper, the entry it is found at, and who can see it."""

    name: str
    tamper: Tamper
    at: int  # 0: the journal as a whole
    only_with_checkpoints: bool = False
    only_in_database: bool = False  # head, keys and the table of erasures are not exported


class Found(NamedTuple):
    """Whether a case was found, with checkpoints and without."""

    name: str
    found: bool
    found_without_checkpoints: bool


def matrix(ground: Ground) -> list[Found]:
    """Try every case; the journal is honest again afterwards."""
    tries = ((case, *tried(ground, case)) for case in CASES)
    return [Found(case.name, at is not None, alone is not None) for case, at, alone in tries]


def tried(ground: Ground, case: Case) -> tuple[int | None, int | None]:
    """Tamper, and give the number an auditor is given with checkpoints, and without."""
    with tampered(ground, case):
        return fault_at(ground), fault_at(ground, with_checkpoints=False)


@contextmanager
def tampered(ground: Ground, case: Case) -> Iterator[None]:
    try:
        with as_owner(ground.place) as database:
            case.tamper(database, ground)
        yield
    finally:
        ground.restore()


def fault_at(ground: Ground, *, with_checkpoints: bool = True) -> int | None:
    """The number that an auditor is given; None where nothing is found."""
    fault = verified(ground, with_checkpoints=with_checkpoints).fault
    return None if fault is None else fault.number


def verified(ground: Ground, *, with_checkpoints: bool = True) -> VerifyResult:
    checkpoints = ground.checkpoints if with_checkpoints else None
    return verify_journal(ground.place, checkpoints=checkpoints, trusted_keys=[ground.key.public_key])


def flipped(value: Any) -> Any:
    """The same text or bytes with one bit of its middle byte turned."""
    raw = bytearray(value.encode() if isinstance(value, str) else value)
    raw[len(raw) // 2] ^= 1
    return raw.decode() if isinstance(value, str) else bytes(raw)


def flip(table: str, column: str, number: int = 4) -> Tamper:
    def tamper(database: Database, _ground: Ground) -> None:
        (value,) = database.get(table, number, column)
        database.put(table, number, **{column: flipped(value)})

    return tamper


def put(table: str, number: int, **columns: object) -> Tamper:
    return lambda database, _ground: database.put(table, number, **columns)


def add(table: str, *row: object) -> Tamper:
    return lambda database, _ground: database.add(table, row)


def remove(number: int, *tables: str) -> Tamper:
    return lambda database, _ground: database.remove(number, *tables)


def both(*ways: Tamper) -> Tamper:
    def tamper(database: Database, ground: Ground) -> None:
        for way in ways:
            way(database, ground)

    return tamper


def swap(*tables: str) -> Tamper:
    return lambda database, _ground: database.move({4: 7, 7: 4}, *tables)


def mend_head(database: Database) -> None:
    last, digest = database.rows("SELECT nummer, digest FROM innfoersel ORDER BY nummer DESC LIMIT 1")[0]
    database.run("UPDATE hode SET nummer = ?, digest = ?", last, digest)


def delete(*numbers: int, mended: bool) -> Tamper:
    """Delete entries; mended, the others move up and the next one follows the one before."""

    def tamper(database: Database, _ground: Ground) -> None:
        for number in numbers:
            database.remove(number, *OF_AN_ENTRY)
        if mended:
            later = {number: number - len(numbers) for number in range(numbers[-1] + 1, ENTRIES + 1)}
            database.move(later, *OF_AN_ENTRY)
            link(database, numbers[0])
            mend_head(database)

    return tamper


def link(database: Database, number: int) -> None:
    """Let an entry follow the one before."""
    previous = START if number == 1 else database.get("innfoersel", number - 1, "digest")[0]
    database.put("innfoersel", number, forrige=previous)


def rewrite(number: int, *, through: int = ENTRIES) -> Tamper:
    """Give one entry another content, and new hashes to it and to those after it."""

    def tamper(database: Database, _ground: Ground) -> None:
        new = canonical_json({"svar": "pyntet"})
        database.put("innhold", number, bytes=new, salt=SALT)
        database.put("innfoersel", number, forpliktelse=commitment_to(new, SALT))
        rehash(database, number, through)

    return tamper


def rehash(database: Database, first: int, last: int) -> None:
    """Make the links of the chain anew."""
    for number in range(first, last + 1):
        link(database, number)
        fields = database.get("innfoersel", number, "slag", "sak_id", "opprettet", "forrige", "forpliktelse")
        database.put("innfoersel", number, digest=digest_of(Link(number, *fields)))
    if last >= ENTRIES:
        mend_head(database)


def insert_in_the_middle(*, rehashed: bool) -> Tamper:
    """Put a new entry 7 in, right in itself; the rest moves down."""

    def tamper(database: Database, _ground: Ground) -> None:
        database.move({number: number + 1 for number in range(7, ENTRIES + 1)}, *OF_AN_ENTRY)
        database.put("innfoersel", 8, forrige="x")
        _, created = database.get("innfoersel", 8, "slag", "opprettet")
        commitment = commitment_to(b"{}", SALT)
        database.add("innfoersel", (7, "profilering", str(CASE), created, "y", commitment, "z"))
        database.add("innhold", (7, SALT, b"{}"))
        rehash(database, 7, 7)
        link(database, 8)
        if rehashed:
            rehash(database, 8, ENTRIES + 1)
            database.run("UPDATE sletting SET ved = 9")
        mend_head(database)

    return tamper


def forge(kind: str, content: bytes) -> Tamper:
    """Append an entry that is right in all but its right to be there."""

    def tamper(database: Database, _ground: Ground) -> None:
        last, previous, created = database.get("innfoersel", ENTRIES, "nummer", "digest", "opprettet")
        commitment = commitment_to(content, SALT)
        fields = (kind, str(CASE), created, previous, commitment)
        database.add("innfoersel", (last + 1, *fields, digest_of(Link(last + 1, *fields))))
        database.add("innhold", (last + 1, SALT, content))
        mend_head(database)

    return tamper


def erase_by_own_entry(number: int, **content: object) -> Tamper:
    """Erase with a `sletting` of the attacker's own, in the chain and in the table."""
    said = {"grunn": "x", "hjemmel": "x", "innfoersler": [number], "utfoert_av": "x"} | content
    return both(
        forge("sletting", canonical_json(said)),
        add("sletting", number, ENTRIES + 1),
        remove(number, "innhold", "noekkel"),
    )


def put_old_copy_back(database: Database, ground: Ground) -> None:
    database.put_back(ground.old)


def put_back_of_erased(table: str) -> Tamper:
    """Put back what was deleted of entry 6."""

    def tamper(database: Database, ground: Ground) -> None:
        database.add(table, next(row for row in ground.old[table] if 6 in row))

    return tamper


def file_of(ground: Ground, number: int) -> Path:
    return ground.checkpoints / f"{number:012}.json"


def change_file(number: int, change: Callable[[bytes], bytes], *, new_number: int | None = None) -> Tamper:
    def tamper(_database: Database, ground: Ground) -> None:
        content = file_of(ground, number).read_bytes()
        file_of(ground, number).unlink()
        file_of(ground, new_number or number).write_bytes(change(content))

    return tamper


def remove_files(*numbers: int) -> Tamper:
    def tamper(_database: Database, ground: Ground) -> None:
        for number in numbers:
            file_of(ground, number).unlink()

    return tamper


def sign_anew(*, in_whose_name: bool) -> Tamper:
    """Make all checkpoints anew with an own key, which says whose it is or that it is the trusted one."""

    def tamper(database: Database, ground: Ground) -> None:
        pem = ground.checkpoints.parent / "egen.pem"
        pem.unlink(missing_ok=True)
        new_key(pem)
        own = read_signing_key(pem)
        for number in WITH_CHECKPOINT:
            (digest,) = database.get("innfoersel", number, "digest")
            content = checkpoint_of(Receipt(number, digest), CREATED, own)
            if in_whose_name:
                content = content.replace(own.public_key.encode(), ground.key.public_key.encode())
            file_of(ground, number).unlink()
            file_of(ground, number).write_bytes(content)

    return tamper


_IN_THE_CHAIN = (
    *(
        Case(f"en byte endret i innfoersel.{column}", flip("innfoersel", column), 4)
        for column in ("slag", "sak_id", "opprettet", "forrige", "forpliktelse", "digest")
    ),
    Case("innfoersel.nummer endret", put("innfoersel", 4, nummer=99), 4),
    Case("en byte endret i innholdet", flip("innhold", "bytes"), 4),
    Case("en byte endret i saltet", flip("innhold", "salt"), 4),
    Case("innhold.nummer endret", put("innhold", 4, nummer=99), 4),
    Case("innholdet tømt", put("innhold", 4, bytes=b""), 4),
    Case("første slettet", delete(1, mended=False), 1),
    Case("første slettet, resten rettet", delete(1, mended=True), 1),
    Case("midterste slettet", delete(7, mended=False), 7),
    Case("midterste slettet, resten rettet", delete(7, mended=True), 7),
    Case("to byttet om", swap(*OF_AN_ENTRY), 4),
    Case("to innhold byttet om", swap("innhold"), 4),
    Case("en satt inn i midten", insert_in_the_middle(rehashed=False), 8),
    Case("en omskrevet, bare dens egne hasher regnet om", rewrite(4, through=4), 5),
    Case("innhold fjernet uten sletting", remove(4, "innhold"), 4),
    Case("innhold fjernet, bare tabellen sier det", both(add("sletting", 4, 8), remove(4, "innhold")), 4),
    Case("slettingens eget innhold fjernet", remove(8, "innhold"), 8),
    Case("sletting av et slag som ikke kan slettes", erase_by_own_entry(3), 3),
    Case("sletting som sletter seg selv", erase_by_own_entry(13), 13),
    Case("sletting uten leselige numre", erase_by_own_entry(4, innfoersler="4"), 13),
    Case("sletting av det som er der", forge("sletting", b'{"innfoersler":[4]}'), 13),
    Case("sletting av det som allerede er slettet", forge("sletting", b'{"innfoersler":[6]}'), 13),
    Case("slettet innhold lagt tilbake", put_back_of_erased("innhold"), 8),
)
_ONLY_IN_THE_DATABASE = (
    Case("hodets digest endret", flip("hode", "digest", ENTRIES), 12),
    Case("hodets nummer senket", put("hode", ENTRIES, nummer=11), 12),
    Case("hodets nummer hevet", put("hode", ENTRIES, nummer=13), 13),
    Case("hodet fjernet", remove(ENTRIES, "hode"), 0),
    Case("en satt inn sist, hodet som før", both(forge("vurdering", b"{}"), put("hode", 13, nummer=12)), 13),
    Case("innhold uten innføring", add("innhold", 99, SALT, b"{}"), 99),
    Case("noekkel.nummer endret", put("noekkel", 4, nummer=99), 99),
    Case("nøkkelen til slettet innhold lagt tilbake", put_back_of_erased("noekkel"), 6),
    Case("sletting.nummer endret", put("sletting", 6, nummer=7), 6),
    Case("sletting.ved endret", put("sletting", 6, ved=9), 6),
    Case("sletting fjernet fra tabellen", remove(6, "sletting"), 6),
    Case("sletting lagt til i tabellen", both(add("sletting", 4, 9), remove(4, "noekkel")), 4),
)
_ONLY_WITH_CHECKPOINTS = (
    Case("siste slettet, hodet rettet", delete(12, mended=True), 12),
    Case("enden kuttet, hodet rettet", delete(11, 12, mended=True), 11),
    Case("en satt inn i midten, alt regnet om", insert_in_the_middle(rehashed=True), 9),
    Case("skrevet om fra nummer 2, alt regnet om", rewrite(2), 5),
    Case("skrevet om fra nummer 10, alt regnet om", rewrite(10), 12),
    Case("gammel kopi lagt tilbake", put_old_copy_back, 8),
    Case("en byte endret i et sjekkpunkt", change_file(9, flipped), 9),
    Case("nyeste sjekkpunkter fjernet", remove_files(9, 12), 6),
    Case("alle sjekkpunkter fjernet", remove_files(*WITH_CHECKPOINT), 1),
    Case("skrevet om, og senere sjekkpunkter fjernet", both(rewrite(7), remove_files(9, 12)), 6),
    Case("sjekkpunkt lagt under et annet nummer", change_file(12, bytes, new_number=11), 11),
    Case(
        "sjekkpunkt gitt et annet nummer",
        change_file(12, lambda content: content.replace(b'"nummer":12', b'"nummer":11'), new_number=11),
        11,
    ),
    Case(
        "skrevet om, sjekkpunkter laget med egen nøkkel", both(rewrite(4), sign_anew(in_whose_name=False)), 5
    ),
    Case(
        "skrevet om, egne sjekkpunkter i en annens navn", both(rewrite(4), sign_anew(in_whose_name=True)), 5
    ),
)
_CUT = (
    Case("siste slettet", delete(12, mended=False), 12),
    Case("enden kuttet", delete(11, 12, mended=False), 11),
)
"""Seen by the head in the database, and by a checkpoint in an export too."""

CASES = (
    *_IN_THE_CHAIN,
    *_CUT,
    *(replace(case, only_in_database=True) for case in _ONLY_IN_THE_DATABASE),
    *(replace(case, only_with_checkpoints=True) for case in _ONLY_WITH_CHECKPOINTS),
)
