"""The texts a body may hold besides codes, each read in one way only."""

import re
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

FIRST_DAY = date(1900, 1, 1)
"""Nobody who registers has a fact from before this day; older dates are registers' fillers."""
OPEN_END = date(9999, 12, 31)
"""How registers write that a spell has no end."""
YEARS = range(2000, 2100)
"""Registrations outside are slips of the pen, and the rest of the calendar breaks date arithmetic."""
UNREADABLE = "?"
"""Stands for a text that should have been a code: what somebody wrote there is not kept."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Wire(BaseModel):
    """What every object on the wire has in common: camelCase, strict types, no unknown field."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, alias_generator=to_camel, hide_input_in_errors=True
    )


def _day(value: object) -> date:
    day = None
    if isinstance(value, str):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
    # Weeks, and days without hyphens, are read too, but are no day's own spelling.
    if day is None or day < FIRST_DAY or day.isoformat() != value:
        raise PydanticCustomError("dag", "not a day")
    return day


def _instant(value: object) -> datetime:
    instant = None
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            instant = datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            instant = None
    if instant is None or instant.year not in YEARS:
        raise PydanticCustomError("tidspunkt", "not an instant")
    return instant


def _uuid(value: object) -> UUID:
    if isinstance(value, str) and _UUID.fullmatch(value):
        return UUID(int=int(value.replace("-", ""), 16))
    raise PydanticCustomError("uuid", "not a UUID")


def uuid_of(text: str) -> UUID | None:
    """The UUID a path names, or None where it names nothing."""
    return UUID(text) if _UUID.fullmatch(text) else None


def _readable(pattern: str) -> AfterValidator:
    wanted = re.compile(pattern)
    return AfterValidator(lambda text: text if wanted.fullmatch(text) else UNREADABLE)


def _readable_day(text: str) -> str:
    try:
        date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        return UNREADABLE
    return text


Day = Annotated[date, BeforeValidator(_day)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
Id = Annotated[UUID, BeforeValidator(_uuid)]
NusText = Annotated[str, _readable("[0-9]")]
"""NUS level as NAV sends it; NAV does not hold it to one digit, so neither do we."""
Styrk08Text = Annotated[str, _readable("[0-9]{1,4}")]
ProsentText = Annotated[str, _readable(r"(?!0+(\.0+)?$)([0-9]{1,2}(\.[0-9]{1,2})?|100)")]
DayText = Annotated[str, AfterValidator(_readable_day)]
Styrk08 = Annotated[str, Field(pattern="^[0-9]{1,4}$")]
