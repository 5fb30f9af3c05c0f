"""How long each kind of entry keeps its content, and erasing what has had its time."""

import tomllib
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, PositiveInt, ValidationError
from sqlalchemy import select

from profilering.errors import SetupError
from serving.journal.chain import instant_text
from serving.journal.entry import ABOUT_A_PERSON, EntryKind
from serving.journal.erasing import AT_A_TIME, Erased, Moment, Why, erase
from serving.journal.store import Store, unavailable_if_it_fails
from serving.journal.tables import innfoersel, innhold

OPPBEVARING = Path(__file__).parent / "oppbevaring.toml"


class _Regel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    slag: tuple[EntryKind, ...]
    maaneder: PositiveInt
    kilde: str
    forklaring: str


class _Fil(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    godkjent_av: str
    oppbevaring: tuple[_Regel, ...]


@dataclass(frozen=True, slots=True)
class Retention:
    """Months each kind keeps its content, with the source of the number."""

    months: Mapping[EntryKind, int]
    kilder: Mapping[EntryKind, str]


def read_retention(path: Path = OPPBEVARING) -> Retention:
    """Read the retention times. Raises SetupError for a kind that has none, two, or may have none."""
    try:
        fil = _Fil.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, ValueError, ValidationError) as problem:
        raise SetupError(f"{path.name} cannot be used: {problem}") from None
    kinds = [kind for regel in fil.oppbevaring for kind in regel.slag]
    if sorted(kinds) != sorted(ABOUT_A_PERSON):
        wanted = ", ".join(ABOUT_A_PERSON)
        raise SetupError(f"{path.name} must give a time once for each of {wanted}, and for no other kind")
    months = {kind: regel.maaneder for regel in fil.oppbevaring for kind in regel.slag}
    kilder = {kind: regel.kilde for regel in fil.oppbevaring for kind in regel.slag}
    return Retention(months, kilder)


def retain(
    store: Store, retention: Retention, utfoert_av: str, moment: Callable[[], Moment]
) -> Iterator[Erased]:
    """Erase what has had its time, some thousand entries in a transaction; `moment` is asked for each.

    Follow it with `forget`.
    """
    for kind, months in retention.months.items():
        why = Why(f"oppbevaringstiden er ute: {kind}, {months} måneder", retention.kilder[kind], utfoert_av)
        while numbers := _out_of_time(store, kind, months_before(moment().instant, months)):
            erased = erase(store, numbers, why, moment())
            if erased is not None:
                yield erased


def months_before(instant: datetime, months: int) -> datetime:
    """The same day and time some months earlier, or the last day of a shorter month."""
    year, month = divmod(instant.year * 12 + instant.month - 1 - months, 12)
    day = min(instant.day, monthrange(year, month + 1)[1])
    return instant.replace(year=year, month=month + 1, day=day)


def _out_of_time(store: Store, kind: EntryKind, limit: datetime) -> Sequence[int]:
    # Instants are text of one form (`instant_text`), so their order is that of the text.
    wanted = (
        select(innfoersel.c.nummer)
        .join(innhold)
        .where(innfoersel.c.slag == kind.value, innfoersel.c.opprettet < instant_text(limit))
        .order_by(innfoersel.c.nummer)
        .limit(AT_A_TIME)
    )
    with unavailable_if_it_fails(), store.engine.connect() as connection:
        return list(connection.scalars(wanted))
