"""The one use case: a registrering in, an explained suggestion out.

It reads like a table of contents on purpose; each step is a leaf in its own file.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from profilering.anslag import Anslag, anslag_of
from profilering.begrunnelse import NEVER_KNOWN, Begrunnelse, explain
from profilering.errors import SetupError
from profilering.features import NAMES, Arbeidsmarked, FeatureRow, features_alone
from profilering.innsatsgruppe import ForslagKode
from profilering.nav_regel import ProfilertTil, dagens_regel
from profilering.policy import Policy
from profilering.propose import Case, Forslag, propose, receives
from profilering.registrering import Livsoppholdsytelse, Registrering
from profilering.risk import Outcome, Risk, RiskModel
from profilering.tekster import Tekster

HEALTH_BENEFITS = (Livsoppholdsytelse.AAP, Livsoppholdsytelse.UFOERETRYGD)
"""Whoever already has one is outside the second outcome: a rule of law answers for them."""


@dataclass(frozen=True, slots=True)
class Basis:
    """Everything an answer stands on besides the registrering itself."""

    model: RiskModel
    arbeidsmarked: Arbeidsmarked
    policy: Policy
    tekster: Tekster

    def __post_init__(self) -> None:
        """Hold policy and model together before anybody is answered. Raises SetupError."""
        if unknown := sorted(self.policy.spans_wanted - self.model.spans.keys()):
            raise SetupError(
                f"policy {self.policy.versjon} asks for the span of {unknown}, "
                f"model {self.model.version} has none; mend innenfor or train again"
            )


@dataclass(frozen=True, slots=True)
class Profilering:
    """What the service says of one registrering, with all that is needed to prove it.

    `risks` holds every estimate that was made; `anslag` those that are shown, none when the
    service refrains.
    """

    forslag: Forslag
    risks: tuple[Risk, ...]
    features: Mapping[str, int | None]
    anslag: tuple[Anslag, ...]
    begrunnelse: Begrunnelse
    vet_ikke: tuple[str, ...]
    mangler: tuple[str, ...]
    dagens_regel: ProfilertTil


def assess(registrering: Registrering, basis: Basis, *, stanset: bool) -> Profilering:
    """Estimate, propose and explain, in that order. `stanset`: the stop switch is on."""
    return assess_all([registrering], basis, stanset=[stanset])[0]


def assess_all(
    registreringer: Sequence[Registrering], basis: Basis, *, stanset: Sequence[bool]
) -> list[Profilering]:
    """Assess n registreringer, each to the bit as if it were alone: the model explains them in one go.

    `stanset` says for each whether the stop switch was on.
    """
    policy, tekster = basis.policy, basis.tekster
    return [
        tell(case.registrering, case.features, case.risks, propose(case, policy), policy, tekster)
        for case in cases_of(registreringer, basis, stanset=stanset)
    ]


def cases_of(
    registreringer: Sequence[Registrering], basis: Basis, *, stanset: Sequence[bool]
) -> Iterator[Case]:
    """What the rules of the policy may look at, for n registreringer: facts, features and estimates."""
    rows = [features_alone(registrering, basis.arbeidsmarked) for registrering in registreringer]
    each = zip(registreringer, rows, basis.model.risks(rows), stanset, strict=True)
    for registrering, row, risks, stopped in each:
        estimated = _estimated(registrering, risks)
        yield Case(registrering, _named(row), estimated, basis.model.spans, stopped)


def tell(
    registrering: Registrering,
    features: Mapping[str, int | None],
    risks: tuple[Risk, ...],
    forslag: Forslag,
    policy: Policy,
    tekster: Tekster,
) -> Profilering:
    """Put what was estimated and proposed into words; other `tekster` tell the same case again."""
    anslag = tuple(anslag_of(risk, features, policy, tekster) for risk in shown(forslag, risks))
    mangler = missing_facts(registrering)
    return Profilering(
        forslag=forslag,
        risks=risks,
        features=features,
        anslag=anslag,
        begrunnelse=explain(registrering, forslag, anslag, mangler, tekster),
        vet_ikke=NEVER_KNOWN,
        mangler=mangler,
        dagens_regel=dagens_regel(registrering),
    )


def _named(row: FeatureRow) -> Mapping[str, int | None]:
    return MappingProxyType(dict(zip(NAMES, row, strict=True)))


def missing_facts(registrering: Registrering) -> tuple[str, ...]:
    """What was not known for this person, as the wire names it; contradictions are not listed again."""
    svar, historikk = registrering.opplysninger, registrering.historikk
    utdanning = svar.utdanning
    nus = utdanning.nus if utdanning else None
    asked_more = utdanning is not None and nus is not None and 3 <= nus <= 8
    known: dict[str, object] = {
        "foedselsaar": registrering.foedselsaar,
        "fylke": registrering.fylke,
        "utdanning.nus": None if nus == 9 else nus,
        "utdanning.bestaatt": utdanning.bestaatt if utdanning and asked_more else "not asked",
        "utdanning.godkjent": utdanning.godkjent if utdanning and asked_more else "not asked",
        "helse.helsetilstandHindrerArbeid": svar.helse,
        "annet.andreForholdHindrerArbeid": svar.annet,
        "jobbsituasjon.beskrivelser": svar.jobbsituasjon,
        "historikk.arbeidsforhold": historikk.arbeidsforhold,
        "historikk.ytelser": historikk.ytelser,
        "historikk.tidligerePerioder": historikk.perioder,
        "historikk.tiltak": historikk.tiltak,
    }
    return tuple(fact for fact, value in known.items() if value is None and fact not in registrering.motstrid)


def _estimated(registrering: Registrering, risks: Sequence[Risk]) -> tuple[Risk, ...]:
    has_health_benefit = any(receives(registrering, ytelse) for ytelse in HEALTH_BENEFITS)
    return tuple(r for r in risks if not (has_health_benefit and r.outcome is Outcome.HELSERELATERT_YTELSE))


def shown(forslag: Forslag, risks: tuple[Risk, ...]) -> tuple[Risk, ...]:
    """No number stands beside a refusal to propose: it would be read as the proposal."""
    return () if forslag.kode is ForslagKode.INGEN_FORSLAG else risks
