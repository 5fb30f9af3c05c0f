"""The proof of one entry: the one it follows, and the signed checkpoint that covers it."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from serving.journal.etterproev import CHECKPOINT_NAME, FaultError, read_checkpoint
from serving.revisjon.ord import tid

NONE_HERE = "Sjekkpunkter skrives ikke her"
NOT_YET = "Ikke dekket av noe sjekkpunkt ennå"
NOT_READ = "Sjekkpunktene kan ikke leses nå"


@dataclass(frozen=True, slots=True)
class Bevis:
    """What stands beside an entry's own number and digest."""

    forrige: str  # digest of the entry before it
    sjekkpunkt: str  # in words


class Sjekkpunkter:
    """A folder of checkpoints; its names are read anew only for entries newer than those known."""

    def __init__(self, folder: Path | None, trusted: Sequence[str]) -> None:
        self._folder, self._trusted = folder, trusted
        self._numbers: list[int] = []

    def covering(self, number: int) -> str:
        """Say which checkpoint is the first to cover an entry, and that its signature holds."""
        if self._folder is None:
            return NONE_HERE
        try:
            first = self._first(number, self._folder)
            if first is None:
                return NOT_YET
            found = read_checkpoint(self._folder / f"{first:012}.json", self._trusted)
        except FaultError as error:
            return f"Feil: {error.reason}"
        except OSError:
            return NOT_READ
        return f"Nr. {found.number} fra {tid(found.instant)}, signaturen holder"

    def _first(self, number: int, folder: Path) -> int | None:
        numbers = self._numbers
        if not numbers or numbers[-1] < number:
            files = (file for file in folder.iterdir() if CHECKPOINT_NAME.fullmatch(file.name))
            numbers = self._numbers = sorted(int(file.stem) for file in files)
        place = bisect_left(numbers, number)
        return numbers[place] if place < len(numbers) else None
