"""Words that the report, the card and the terminal share."""

from profilering.risk import Outcome
from training.judging.measure import APPROVED, CANDIDATE, LOGISTIC, RULE, TRUTH

NAMES = {
    CANDIDATE: "LightGBM",
    LOGISTIC: "Logistisk regresjon",
    RULE: "Dagens regel",
    APPROVED: "Modellen som er godkjent",
    TRUTH: "Sannheten (øvre grense)",
}
SIDES = {"held_out": "Holdt utenfor kalibreringen", "test": "Senere kull"}
TITLES = {
    Outcome.LANGVARIG_STOENAD: "Langvarig stønad",
    Outcome.HELSERELATERT_YTELSE: "Helserelatert ytelse",
}
SYNTHETIC = (
    "Modellen er trent på et syntetisk register. Tallene viser at maskineriet virker. "
    "De sier ingenting om personer i Norge, eller om hvor god modellen ville vært på virkelige data."
)
REAL = "Tallene gjelder det uttrekket modellen er trent og målt på, og ingen andre."
LIMITS_OF_SYNTHETIC = (
    "I det syntetiske registeret har en person ett yrke og ett fylke hele livet. "
    "Lønn, husholdning og diagnose finnes ikke. Graderte ytelser, død og utvandring er utelatt.",
    "Registreringer og beholdning ligger 17–20 % over kildene, og færre med AAP har jobb. "
    "Sammenhengene er satt av oss, ikke anslått fra data.",
)
"""population.md, section 15: to be printed with every result."""


def limits_of(*, synthetic: bool) -> str:
    """What the figures of a run may not be used for."""
    return SYNTHETIC if synthetic else REAL


def slug_of(outcome: Outcome) -> str:
    """An outcome as part of a file name."""
    return outcome.value.lower().replace("_", "-")
