"""The rules a policy is made of, as values, and what every policy is held to.

The rules stand in a dated, sourced file; `propose` tries them in its order. Rules of law come before
any number (REQ-16), and a threshold is a stated cost ratio, never a place, a quota or a price (REQ-34).
"""

import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from profilering.errors import SetupError
from profilering.features import CATALOGUE
from profilering.innsatsgruppe import ForslagKode
from profilering.registrering import JaNeiVetIkke, Livsoppholdsytelse
from profilering.risk import Outcome


class RegelKode(StrEnum):
    """The rules a policy may hold."""

    STANSET = "STANSET"
    OENSKER_ARBEIDSEVNEVURDERING = "OENSKER_ARBEIDSEVNEVURDERING"
    YTELSE_KREVER_ARBEIDSEVNEVURDERING = "YTELSE_KREVER_ARBEIDSEVNEVURDERING"
    OPPGITT_HELSEHINDRING = "OPPGITT_HELSEHINDRING"
    FOR_LITE_GRUNNLAG = "FOR_LITE_GRUNNLAG"
    UTENFOR_MODELLEN = "UTENFOR_MODELLEN"
    FORHOEYET_ANSLAG_HELSE = "FORHOEYET_ANSLAG_HELSE"
    FORHOEYET_ANSLAG = "FORHOEYET_ANSLAG"
    INGEN_FORHOEYET_ANSLAG = "INGEN_FORHOEYET_ANSLAG"


REFRAINING = frozenset({RegelKode.STANSET, RegelKode.FOR_LITE_GRUNNLAG, RegelKode.UTENFOR_MODELLEN})
"""The rules that give no forslag, and the only ones that may (api.md, `INGEN_FORSLAG`)."""

NEEDED_SETTING = MappingProxyType(
    {
        RegelKode.YTELSE_KREVER_ARBEIDSEVNEVURDERING: "ytelser",
        RegelKode.OPPGITT_HELSEHINDRING: "svar",
        RegelKode.UTENFOR_MODELLEN: "innenfor",
        RegelKode.FORHOEYET_ANSLAG_HELSE: "kostnadsforhold",
        RegelKode.FORHOEYET_ANSLAG: "kostnadsforhold",
    }
)
"""Without it the rule would silently never apply, or fail on the first registrering."""


BY_ESTIMATE = frozenset(
    {RegelKode.FORHOEYET_ANSLAG_HELSE, RegelKode.FORHOEYET_ANSLAG, RegelKode.INGEN_FORHOEYET_ANSLAG}
)
"""The rules whose forslag comes from the model; the others would say the same without one."""


WHOLE_NUMBERS = frozenset(feature.name for feature in CATALOGUE if feature.categories is None)
"""The features a limit can be held against; a code of a list has no less and more."""


@dataclass(frozen=True, slots=True)
class Regel:
    """One rule with its source; only the settings its code needs are given, the rest are empty."""

    kode: RegelKode
    forslag: ForslagKode
    kilde: str
    forklaring: str
    ytelser: frozenset[Livsoppholdsytelse] = frozenset()
    svar: frozenset[JaNeiVetIkke] = frozenset()
    minst_svar: int = 0
    minst_registre: int = 0
    hoeyst_motstrid: int | None = None  # questions whose answers contradict each other; None: any number
    innenfor: tuple[str, ...] = ()
    innenfor_naar_kjent: tuple[str, ...] = ()
    utfall: Outcome | None = None
    kostnadsforhold: float | None = None
    grunn_for_grensen: str = ""  # why its numbers are what they are; empty where nobody wrote it

    @property
    def threshold(self) -> float:
        """Probability above which the rule applies: 1 / (1 + cost of overlooking : one talk too many)."""
        if self.kostnadsforhold is None:
            raise SetupError(
                f"regel {self.kode} has no kostnadsforhold; only estimate rules have a threshold"
            )
        return 1.0 / (1.0 + self.kostnadsforhold)

    @property
    def grense_av_hundre(self) -> int:
        """The threshold as people read it: whole persons out of a hundred, halves up."""
        return math.floor(100 * self.threshold + 0.5)


class MerknadKode(StrEnum):
    """What a policy may ask the veileder to have in mind; it moves no number and no forslag (REQ-38)."""

    UNG = "UNG"
    LENGE_REGISTRERT = "LENGE_REGISTRERT"


@dataclass(frozen=True, slots=True)
class Merknad:
    """One note with its source, made where the opplysning is known and lies in [minst, under)."""

    kode: MerknadKode
    kilde: str
    forklaring: str
    opplysning: str  # a whole-number feature; the limits are in its unit
    minst: int | None = None
    under: int | None = None

    def gjelder(self, value: int | None) -> bool:
        """Whether the note is made. What is not known gives none: nobody is put first by a guess."""
        if value is None:
            return False
        return (self.minst is None or value >= self.minst) and (self.under is None or value < self.under)


@dataclass(frozen=True, slots=True)
class Totrinn:
    """Where a veileder writes an own vurdering before the suggestion can be read."""

    enheter: frozenset[str] = frozenset()  # four digits
    uten_enhet: bool = False  # also where the request names no office
    kilde: str = ""

    def gjelder(self, enhet: str | None) -> bool:
        """Whether the suggestion is withheld in this office until somebody has written a vurdering."""
        return self.uten_enhet if enhet is None else enhet in self.enheter


@dataclass(frozen=True, slots=True)
class Policy:
    """A dated, sourced, approved set of rules, in the order they are tried."""

    versjon: str
    gjelder_fra: date
    godkjent_av: str
    regler: tuple[Regel, ...]
    styrke_mye: float  # log-odds
    styrke_noe: float  # log-odds
    merknader: tuple[Merknad, ...] = ()
    totrinn: Totrinn = Totrinn()
    styrke_kilde: str = ""

    def __post_init__(self) -> None:
        """Hold every policy to the order of the law, to whole rules and to notes. Raises SetupError."""
        self._check_rules()
        self._check_notes()

    def _check_rules(self) -> None:
        order = [regel.kode for regel in self.regler]
        if order != list(RegelKode):
            raise SetupError(
                f"policy {self.versjon} has the rules {[k.value for k in order]}; "
                f"each must stand once, in the order {[k.value for k in RegelKode]} "
                "(law before estimates, REQ-16)"
            )
        for regel in self.regler:
            setting = NEEDED_SETTING.get(regel.kode)
            if setting and not getattr(regel, setting):
                raise SetupError(f"regel {regel.kode} has no {setting} and would never apply; write it")
            if (regel.forslag is ForslagKode.INGEN_FORSLAG) != (regel.kode in REFRAINING):
                raise SetupError(
                    f"regel {regel.kode} gives {regel.forslag}; {sorted(REFRAINING)} refrain and no other "
                    "rule does: no estimate leads to a refusal (REQ-08)"
                )

    def _check_notes(self) -> None:
        kinds = [merknad.kode for merknad in self.merknader]
        if len(kinds) != len(set(kinds)):
            raise SetupError(f"policy {self.versjon} has the notes {kinds}; each stands once")
        for merknad in self.merknader:
            if merknad.opplysning not in WHOLE_NUMBERS:
                raise SetupError(
                    f"merknad {merknad.kode} looks at {merknad.opplysning}, which is no whole-number "
                    "feature; name one of the catalogue"
                )
            if merknad.minst is None and merknad.under is None:
                raise SetupError(f"merknad {merknad.kode} has no minst and no under; write one of them")

    @property
    def spans_wanted(self) -> frozenset[str]:
        """The features whose span in training a rule asks for; a model must have them all."""
        return frozenset(
            name for regel in self.regler for name in (*regel.innenfor, *regel.innenfor_naar_kjent)
        )

    def regel(self, kode: RegelKode) -> Regel:
        """The rule with this code."""
        return next(regel for regel in self.regler if regel.kode is kode)
