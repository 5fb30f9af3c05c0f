"""From estimates to a forslag: the only place where a threshold acts.

The rules stand in a dated, sourced file and are tried in its order; the first that applies gives
the forslag and names itself in the answer. Rules of law come before any number (REQ-16), doubt
never makes a forslag heavier (REQ-60), and a threshold is a stated cost ratio, never a place, a
quota or a price (REQ-34).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from profilering.errors import SetupError
from profilering.innsatsgruppe import ForslagKode
from profilering.registrering import JaNeiVetIkke, Livsoppholdsytelse, Registrering
from profilering.risk import Outcome, Risk, Span


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
    innenfor: tuple[str, ...] = ()
    utfall: Outcome | None = None
    kostnadsforhold: float | None = None

    @property
    def threshold(self) -> float:
        """Probability above which the rule applies: 1 / (1 + cost of overlooking : one talk too many)."""
        if self.kostnadsforhold is None:
            raise SetupError(
                f"regel {self.kode} has no kostnadsforhold; only estimate rules have a threshold"
            )
        return 1.0 / (1.0 + self.kostnadsforhold)


class MerknadKode(StrEnum):
    """What a policy may ask the veileder to have in mind; it moves no number and no forslag (REQ-38)."""

    UNG = "UNG"
    LENGE_REGISTRERT = "LENGE_REGISTRERT"


@dataclass(frozen=True, slots=True)
class Merknad:
    """One note with its source; `grense` in the unit of the opplysning it looks at."""

    kode: MerknadKode
    kilde: str
    forklaring: str
    opplysning: str
    grense: int


@dataclass(frozen=True, slots=True)
class Totrinn:
    """Where a veileder writes an own vurdering before the suggestion can be read."""

    enheter: frozenset[str] = frozenset()  # four digits
    uten_enhet: bool = False  # also where the request names no office

    def gjelder(self, enhet: str | None) -> bool:
        """Whether the suggestion is withheld in this office until somebody has written a vurdering."""
        return self.uten_enhet if enhet is None else enhet in self.enheter


@dataclass(frozen=True, slots=True)
class Policy:
    """A dated, sourced, approved set of rules, in the order they are tried."""

    versjon: str
    godkjent_av: str
    regler: tuple[Regel, ...]
    styrke_mye: float  # log-odds
    styrke_noe: float  # log-odds
    merknader: tuple[Merknad, ...] = ()
    totrinn: Totrinn = Totrinn()

    def __post_init__(self) -> None:
        """Hold every policy to the order that the law gives and to whole rules. Raises SetupError."""
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

    def regel(self, kode: RegelKode) -> Regel:
        """The rule with this code."""
        return next(regel for regel in self.regler if regel.kode is kode)


@dataclass(frozen=True, slots=True)
class Case:
    """All a rule may look at. `features` are the whole-number values the model was given."""

    registrering: Registrering
    features: Mapping[str, int | None]
    risks: tuple[Risk, ...]
    spans: Mapping[str, Span]
    stanset: bool


@dataclass(frozen=True, slots=True)
class Forslag:
    """What the machine proposes and the rule that gave it; never a vedtak."""

    kode: ForslagKode
    regel: Regel
    grensetilfelle: bool
    merknader: tuple[MerknadKode, ...] = ()


def propose(case: Case, policy: Policy) -> Forslag:
    """Propose an innsats and say why; the first rule that applies gives both."""
    regel = next(regel for regel in policy.regler if APPLIES[regel.kode](case, regel))
    return Forslag(regel.forslag, regel, _is_close(case, regel, policy))


def receives(registrering: Registrering, ytelse: Livsoppholdsytelse) -> bool:
    """Whether a ytelse is running on the day of registrering, as far as is known."""
    return any(
        spell.ytelse is ytelse
        and spell.fra <= registrering.registrert
        and (spell.til is None or spell.til > registrering.registrert)
        for spell in registrering.historikk.ytelser or ()
    )


def _asks_or_receives(case: Case, regel: Regel) -> bool:
    r = case.registrering
    return any(ytelse in r.soeker_ytelse or receives(r, ytelse) for ytelse in regel.ytelser)


def _too_little(case: Case, regel: Regel) -> bool:
    svar, historikk = case.registrering.opplysninger, case.registrering.historikk
    nus = svar.utdanning.nus if svar.utdanning else None
    stated = None if nus == 9 else nus  # NUS 9 is "not stated"
    answers = sum(value is not None for value in (stated, svar.helse, svar.jobbsituasjon, svar.annet))
    registers = sum(
        value is not None
        for value in (historikk.arbeidsforhold, historikk.ytelser, historikk.perioder, historikk.tiltak)
    )
    return answers < regel.minst_svar or registers < regel.minst_registre


def _outside(case: Case, regel: Regel) -> bool:
    """Not known is outside too: nobody can say that the model has seen people like this."""
    for name in regel.innenfor:
        value, span = case.features[name], case.spans[name]
        if value is None or not span.low <= value <= span.high:
            return True
    return False


def _estimate(case: Case, regel: Regel) -> Risk | None:
    return next((risk for risk in case.risks if risk.outcome is regel.utfall), None)


def _raised(case: Case, regel: Regel) -> bool:
    risk = _estimate(case, regel)
    return risk is not None and risk.probability >= regel.threshold


def _is_close(case: Case, deciding: Regel, policy: Policy) -> bool:
    """Whether counted people leave doubt about an estimate that had a part in the decision.

    Those are the estimates held against a threshold up to the deciding rule; a rule of law that
    decided before any number leaves none.
    """
    order = [regel.kode for regel in policy.regler]
    asked = policy.regler[: order.index(deciding.kode) + 1]
    by_number = [regel for regel in asked if regel.utfall is not None]
    return deciding.kode in BY_ESTIMATE and any(_crosses(case, regel) for regel in by_number)


def _crosses(case: Case, regel: Regel) -> bool:
    """Whether part of the interval lies on the other side of the threshold than the estimate does."""
    risk = _estimate(case, regel)
    if risk is None or risk.alike is None:
        return False
    if risk.probability >= regel.threshold:
        return risk.alike.low < regel.threshold
    return risk.alike.high >= regel.threshold


APPLIES: Mapping[RegelKode, Callable[[Case, Regel], bool]] = MappingProxyType(
    {
        RegelKode.STANSET: lambda case, _: case.stanset,
        RegelKode.OENSKER_ARBEIDSEVNEVURDERING: lambda case, _: (
            case.registrering.oensker_arbeidsevnevurdering
        ),
        RegelKode.YTELSE_KREVER_ARBEIDSEVNEVURDERING: _asks_or_receives,
        RegelKode.OPPGITT_HELSEHINDRING: lambda case, regel: (
            case.registrering.opplysninger.helse in regel.svar
        ),
        RegelKode.FOR_LITE_GRUNNLAG: _too_little,
        RegelKode.UTENFOR_MODELLEN: _outside,
        RegelKode.FORHOEYET_ANSLAG_HELSE: _raised,
        RegelKode.FORHOEYET_ANSLAG: _raised,
        RegelKode.INGEN_FORHOEYET_ANSLAG: lambda _case, _regel: True,
    }
)
"""When each rule applies. What it says then stands in the policy file."""
