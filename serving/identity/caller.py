"""Who asks: a system, and the person behind it where there is one."""

import re
from dataclasses import dataclass

NAV_IDENT = re.compile(r"[A-Z][0-9]{6}")
"""A letter and six digits, as NAV names its employees."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The system that calls, and the NAV-ident of the person it calls for; None says a machine asks.

    Raises ValueError for a NAV-ident of another form.
    """

    system: str
    nav_ident: str | None = None

    def __post_init__(self) -> None:
        if self.nav_ident is not None and not NAV_IDENT.fullmatch(self.nav_ident):
            raise ValueError("a NAV-ident is a letter and six digits")


LOCAL = Caller("lokal")
"""Who asks while there is no token to tell: this machine, and nobody in person."""
