"""The words an auditor filters by. Each is one of a closed set."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Status(StrEnum):
    """What has come of a case; the last vurdering stands."""

    UVURDERT = "UVURDERT"
    FOER_FORSLAGET = "FOER_FORSLAGET"  # only a view from before the forslag could be read
    FULGT = "FULGT"
    FRAVEKET = "FRAVEKET"
    UTEN_FORSLAG = "UTEN_FORSLAG"  # concluded where there was no forslag to follow


FOLLOWED: Mapping[bool | None, Status] = MappingProxyType(
    {True: Status.FULGT, False: Status.FRAVEKET, None: Status.UTEN_FORSLAG}
)

VENTER = "VENTER"
"""Stands for a forslag that nobody may read yet, whatever it is (two-step mode)."""
SLETTET = "SLETTET"
"""Stands for the forslag of a case that was erased."""

EKSPORT = "EKSPORT"
"""What a case was opened for by whoever took it with them."""
