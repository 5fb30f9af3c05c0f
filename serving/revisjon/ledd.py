"""The links of the journal's chain, held against each other as an auditor reads: once, and again."""

from collections.abc import Iterable, Iterator

from serving.journal.etterproev import START, Fault, FaultError, Link, follow
from serving.journal.reading_rows import ENTRIES_AFTER, Read, rows_of

Place = tuple[int, bytes]
"""The number of an entry, and its digest."""
REWRITTEN = "innføringen er en annen enn da den ble lest"
NOT_FOLLOWED = "innføringen etter følger ikke denne"
FORRIGE, DIGEST = 4, 6
"""Where these stand in a row."""


def links(journal: str, number: int, digest: bytes, most: int) -> Iterator[Link]:
    """Read the entries behind this one, each following the one before it. Raises FaultError, SetupError."""
    with rows_of(journal) as read:
        for row in read(ENTRIES_AFTER.format(number=int(number), most=int(most))):
            link = follow(row, number, digest)
            yield link
            number, digest = link.number, link.digest


def links_at(numbers: Iterable[int], journal: str) -> Iterator[Link]:
    """Read single entries, each following what it says it follows. Raises FaultError, SetupError."""
    with rows_of(journal) as read:
        for number in numbers:
            for row in read(ENTRIES_AFTER.format(number=int(number) - 1, most=1)):
                forrige = row[FORRIGE]
                yield follow(row, number - 1, forrige if isinstance(forrige, bytes) else b"")


def gone_over(journal: str, seen: Place, last: Place, most: int) -> tuple[int, bytes, Fault | None]:
    """Go on from `seen` among entries that were read before, up to `last`; and what is wrong, if anything.

    Raises SetupError where the journal cannot be reached.
    """
    number, digest = seen
    try:
        for link in links(journal, number, digest, min(most, last[0] - number)):
            number, digest = link.number, link.digest
    except FaultError as error:
        return number, digest, Fault(number + 1 if error.number is None else error.number, error.reason)
    changed = number == last[0] and digest != last[1]
    return number, digest, Fault(number, REWRITTEN) if changed else None


def fault_of(numbers: Iterable[int], journal: str) -> Fault | None:
    """Hold each of these entries against its neighbours; the first fault. Raises SetupError."""
    number = 0
    try:
        with rows_of(journal) as read:
            for number in numbers:
                _hold(number, read)
    except FaultError as error:
        return Fault(number if error.number is None else error.number, error.reason)
    return None


def before(number: int, journal: str) -> str:
    """Give the digest that an entry says it follows; nothing where it is not there. Raises SetupError."""
    with rows_of(journal) as read:
        for row in read(ENTRIES_AFTER.format(number=int(number) - 1, most=1)):
            forrige = row[FORRIGE]
            if row[0] == number and isinstance(forrige, bytes):
                return forrige.decode("ascii", "replace")
    return ""


def _hold(number: int, read: Read) -> None:
    digest = START
    for row in read(ENTRIES_AFTER.format(number=int(number) - 2, most=3)):
        if row[0] == number:
            follow(row, number - 1, digest)
        elif row[0] == number + 1 and row[FORRIGE] != digest:
            raise FaultError(NOT_FOLLOWED)
        own = row[DIGEST]
        digest = own if isinstance(own, bytes) else b""
