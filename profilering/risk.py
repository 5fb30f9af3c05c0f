"""What a fitted model says of one registrering, in a form a person can check by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from profilering.features import FeatureRow


class Outcome(StrEnum):
    """What is estimated, both within 18 months after registrering (glossary, *Outcomes*)."""

    LANGVARIG_STOENAD = "LANGVARIG_STOENAD"
    HELSERELATERT_YTELSE = "HELSERELATERT_YTELSE"


HORIZON_MONTHS = 18
"""Both outcomes are counted over this many months after registrering (glossary, *Outcomes*)."""


@dataclass(frozen=True, slots=True)
class Frequency:
    """Counted people: `cases` of `of` had the outcome; `low`..`high` is the exact 95 % interval, 0..1."""

    cases: int
    of: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Risk:
    """Calibrated probability of one outcome at its horizon.

    `base_log_odds` plus the contributions is the log-odds of `probability`, so an auditor can
    redo the sum by hand. `alike` counts the earlier registreringer with the nearest estimates
    (None when there are too few to say), `everyone` the whole cohort they come from.
    """

    outcome: Outcome
    probability: float  # 0..1
    base_log_odds: float  # the card says whom the base describes
    contributions: tuple[float, ...]  # log-odds, one per feature in the order of the catalogue
    alike: Frequency | None
    everyone: Frequency
    model_version: str


@dataclass(frozen=True, slots=True)
class Span:
    """Smallest and largest value of a whole-number feature that the model was fitted on."""

    low: int
    high: int


LIGHTGBM = "lightgbm"
"""The method of contributions that is meant where none is named: LightGBM's own."""


class RiskModel(Protocol):
    """A fitted model as the rest of the project sees it."""

    @property
    def version(self) -> str:
        """Name of the model in every answer."""

    @property
    def method(self) -> str:
        """How contributions are computed, to the bit."""

    @property
    def explaining(self) -> str:
        """The same for whoever runs the service, with what of the machine it uses, or why it is this one."""

    def by(self, method: str) -> "RiskModel":
        """Give the same model explaining by another method. Raises SetupError where it cannot here."""

    @property
    def spans(self) -> Mapping[str, Span]:
        """What each whole-number feature was seen to span in training."""

    def risks(self, rows: Sequence[FeatureRow]) -> list[tuple[Risk, ...]]:
        """One tuple of risks per row."""
