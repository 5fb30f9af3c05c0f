"""An auditor's check of a journal in its database, written apart from the program that writes it.

Nothing of that program is imported. Chain, contents, erasures and checkpoints are checked by the
very script that an export carries; here stands what only the database has: the head row, the table
of erasures, and rows that no entry accounts for. The rows of `noekkel` are a convenience and no
evidence: all that is asked of them is that each belongs to an entry whose content is there.
"""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from profilering.errors import SetupError
from serving.journal.etterproev import (
    Checkpoints,
    Fault,
    FaultError,
    VerifyResult,
    check,
    erased_by,
    key_of,
    not_checked,
    read_checkpoints,
)
from serving.journal.reading_rows import ENTRIES, Read, rows_of

_HEAD = "SELECT nummer, digest FROM hode"
_ERASURES = """
    SELECT nummer AS ved, NULL AS nummer, bytes FROM innfoersel JOIN innhold USING (nummer)
    WHERE slag = 'sletting'
    UNION ALL SELECT ved, nummer, NULL FROM sletting
    ORDER BY 1, 2 NULLS FIRST
"""
"""Each `sletting` with its content, then the rows of the table that name it."""

_STRAYS = {
    "innhold står uten innføring": """
        SELECT min(nummer) FROM innhold
        WHERE nummer < 1 OR nummer > (SELECT coalesce(max(nummer), 0) FROM innfoersel)
    """,
    "en nøkkel står uten innføring": """
        SELECT min(nummer) FROM noekkel
        WHERE nummer < 1 OR nummer > (SELECT coalesce(max(nummer), 0) FROM innfoersel)
    """,
    "innholdet er slettet, men en nøkkel er igjen": """
        SELECT min(nummer) FROM noekkel JOIN sletting USING (nummer)
    """,
}
"""What a row says that should not be there; asked once the chain is known to have no gaps."""


def verify_journal(place: str, *, checkpoints: Path | None, trusted_keys: Sequence[str]) -> VerifyResult:
    """Check every entry at a path or a `postgresql://` address, also while others append.

    `trusted_keys` are the base64 of public Ed25519 keys, known from elsewhere than the folder of
    checkpoints. Raises SetupError for what cannot be reached; what is damaged is a fault.
    """
    # Read first: a checkpoint made meanwhile would be about entries that this snapshot has not.
    signed = None if checkpoints is None else _signed(checkpoints, trusted_keys)
    try:
        with rows_of(place) as read:
            result = check(read(ENTRIES), signed)
            return result if result.fault else result._replace(fault=_fault_around(read, result))
    except FaultError as error:
        return not_checked(error.reason)


def keys_of(texts: Sequence[str]) -> list[str]:
    """Read the public keys that checkpoints are held against. Raises SetupError."""
    if not texts:
        raise SetupError("checkpoints need the public key they can be held against; give it")
    try:
        return [key_of(text) for text in texts]
    except ValueError:
        reason = "a public key is not the base64 of 32 bytes; copy it whole from where it was handed over"
    raise SetupError(reason)


def _signed(folder: Path, trusted_keys: Sequence[str]) -> Checkpoints:
    try:
        return read_checkpoints(folder, keys_of(trusted_keys))
    except OSError as problem:
        reason = f"checkpoints cannot be read in {folder}: {problem.strerror}; give the folder they lie in"
    raise SetupError(reason)


def _fault_around(read: Read, result: VerifyResult) -> Fault | None:
    try:
        _compare_head(read, result)
        _compare_erasures(read)
        for reason, query in _STRAYS.items():
            ((number,),) = read(query)
            if isinstance(number, int):
                raise FaultError(reason, number)
    except FaultError as error:
        return Fault(error.number or 0, error.reason)
    return None


def _compare_head(read: Read, result: VerifyResult) -> None:
    heads = [*read(_HEAD)]
    if len(heads) != 1:
        raise FaultError(f"det er {len(heads)} hoder, ikke ett", 0)
    ((number, digest),) = heads
    if number != result.entries:
        last = number if isinstance(number, int) and number < result.entries else result.entries
        raise FaultError(f"hodet sier {number} innføringer, {result.entries} er der", last + 1)
    if digest != result.digest.encode():
        raise FaultError("hodet har en annen digest enn den siste innføringen", result.entries)


def _compare_erasures(read: Read) -> None:
    """Hold the table of erasures against the entries that say what was erased."""
    for _, group in groupby(read(_ERASURES), key=itemgetter(0)):
        rows = [*group]
        said = {erased for _, number, content in rows if number is None for erased in erased_by(content)}
        kept = {number for _, number, _ in rows if isinstance(number, int)}
        if said != kept:
            raise FaultError("tabellen sletting sier noe annet enn slettingene i kjeden", min(said ^ kept))
