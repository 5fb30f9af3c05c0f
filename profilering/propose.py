"""From estimates to a forslag: the only place where a threshold acts.

The rules of the policy are tried in its order; the first that applies gives the forslag and names
itself in the answer. Doubt never makes a forslag heavier (REQ-60).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from profilering.innsatsgruppe import ForslagKode
from profilering.policy import BY_ESTIMATE, MerknadKode, Policy, Regel, RegelKode
from profilering.registrering import Livsoppholdsytelse, Registrering
from profilering.risk import Outcome, Risk, Span


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
    naer: tuple[Outcome, ...] = ()  # the anslag that make it a grensetilfelle


def propose(case: Case, policy: Policy) -> Forslag:
    """Propose an innsats and say why; the first rule that applies gives both."""
    regel = next(regel for regel in policy.regler if APPLIES[regel.kode](case, regel))
    naer = _close(case, regel, policy)
    return Forslag(regel.forslag, regel, bool(naer), _notes(case, policy), naer)


def _notes(case: Case, policy: Policy) -> tuple[MerknadKode, ...]:
    """The notes on known facts, also where there is no forslag: they are about whom the policy puts first.

    A service that is stopped says nothing about anybody.
    """
    if case.stanset:
        return ()
    return tuple(
        merknad.kode for merknad in policy.merknader if merknad.gjelder(case.features[merknad.opplysning])
    )


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
    most = regel.hoeyst_motstrid
    contradicted = most is not None and len(_contradicted(case.registrering)) > most
    return answers < regel.minst_svar or registers < regel.minst_registre or contradicted


def _contradicted(registrering: Registrering) -> frozenset[str]:
    """The questions whose answers contradict each other; two facts of one question count once."""
    return frozenset(fact.partition(".")[0] for fact in registrering.motstrid)


def _outside(case: Case, regel: Regel) -> bool:
    """Whether the model can have seen nobody like this.

    In `innenfor`, not known is outside too. Elsewhere what is not known is a kind of its own, which
    the model has learnt from.
    """
    asked = [(name, case.features[name]) for name in (*regel.innenfor, *regel.innenfor_naar_kjent)]
    known = [(value, case.spans[name]) for name, value in asked if value is not None]
    if any(case.features[name] is None for name in regel.innenfor):
        return True
    return any(not span.low <= value <= span.high for value, span in known)


def _estimate(case: Case, regel: Regel) -> Risk | None:
    return next((risk for risk in case.risks if risk.outcome is regel.utfall), None)


def _raised(case: Case, regel: Regel) -> bool:
    risk = _estimate(case, regel)
    return risk is not None and risk.probability >= regel.threshold


def _close(case: Case, deciding: Regel, policy: Policy) -> tuple[Outcome, ...]:
    """The estimates with a part in the decision that counted people leave doubt about.

    A part have the estimates held against a threshold up to the deciding rule; a rule of law that
    decided before any number leaves none.
    """
    order = [regel.kode for regel in policy.regler]
    asked = policy.regler[: order.index(deciding.kode) + 1]
    if deciding.kode not in BY_ESTIMATE:
        return ()
    return tuple(regel.utfall for regel in asked if regel.utfall is not None and _crosses(case, regel))


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
