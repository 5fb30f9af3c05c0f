"""What changed when a case was made again: in what is known, in the numbers, and in the forslag (REQ-25).

Where model or rules are others than before, that is said first: numbers may then differ for that reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from profilering.assess import Profilering
from profilering.begrunnelse import Avsnitt
from profilering.features import NAMES
from profilering.innsatsgruppe import ForslagKode
from profilering.innsyn import dag_tekst
from profilering.policy import Policy, RegelKode
from profilering.registrering import Registrering
from profilering.risk import Outcome, Risk
from profilering.tekster import Tekster
from profilering.utdypning import grense_of

VERSIONS = ("modell", "policy", "tekster")
"""What the two may differ in beside what is known of the person."""


@dataclass(frozen=True, slots=True)
class Told:
    """One of the two: what was known, what was said of it, under which rules and versions.

    `digester` say what it stood on, by the name of the version.
    """

    registrering: Registrering
    profilering: Profilering
    policy: Policy
    digester: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EndretOpplysning:
    """One opplysning that is not what it was, as sentences."""

    navn: str
    foer: str
    naa: str


@dataclass(frozen=True, slots=True)
class EndretTall:
    """One estimate before and now, in whole persons of a hundred; None: it was not shown.

    `grense` is the threshold now, None where no rule has one; `naadd_*` say whether the exact estimate
    had reached its own threshold.
    """

    utfall: Outcome
    foer: int | None
    naa: int | None
    grense: int | None
    naadd_foer: bool
    naadd_naa: bool


@dataclass(frozen=True, slots=True)
class Endring:
    """The whole difference, as values and in words; equal is said as equal."""

    spraak: str
    andre_versjoner: tuple[str, ...]  # of VERSIONS
    opplysninger: tuple[EndretOpplysning, ...]
    tall: tuple[EndretTall, ...]
    forslag_foer: ForslagKode
    forslag_naa: ForslagKode
    regel_foer: RegelKode
    regel_naa: RegelKode
    avsnitt: tuple[Avsnitt, ...]


def endring_mellom(before: Told, after: Told, tekster: Tekster) -> Endring:
    """Compare two profileringer of one person, both told in the words of `tekster`."""
    versions = tuple(name for name in VERSIONS if before.digester[name] != after.digester[name])
    facts, numbers = _facts(before, after, tekster), _numbers(before, after)
    avsnitt = (
        (tekster.get("endring", "tittel"), _about(before, after, versions, tekster)),
        (tekster.get("endring", "opplysninger"), _fact_lines(before, after, facts, tekster)),
        (tekster.get("endring", "tall"), _number_lines(numbers, tekster)),
        (tekster.get("endring", "forslag"), _proposed(before, after, tekster)),
    )
    old, new = before.profilering.forslag, after.profilering.forslag
    return Endring(
        spraak=tekster.spraak,
        andre_versjoner=versions,
        opplysninger=facts,
        tall=numbers,
        forslag_foer=old.kode,
        forslag_naa=new.kode,
        regel_foer=old.regel.kode,
        regel_naa=new.regel.kode,
        avsnitt=tuple(Avsnitt(title, text) for title, text in avsnitt),
    )


def _about(before: Told, after: Told, versions: Sequence[str], tekster: Tekster) -> str:
    foer, naa = (dag_tekst(told.registrering.registrert, tekster) for told in (before, after))
    same_day = before.registrering.registrert == after.registrering.registrert
    said = [tekster.get("endring", "om_samme_dag" if same_day else "om", foer=foer, naa=naa)]
    if not {"modell", "policy"} & set(versions):
        said.append(tekster.get("endring", "samme_versjon"))
    said += [tekster.get("endring", name) for name in versions]
    return " ".join(said)


def _facts(before: Told, after: Told, tekster: Tekster) -> tuple[EndretOpplysning, ...]:
    old, new = before.profilering.features, after.profilering.features
    return tuple(
        EndretOpplysning(name, tekster.fact(name, old[name]), tekster.fact(name, new[name]))
        for name in NAMES
        if old[name] != new[name]
    )


def _fact_lines(before: Told, after: Told, facts: Sequence[EndretOpplysning], tekster: Tekster) -> str:
    """Each change on its line; changes that are told in the same words are told once."""
    lines = dict.fromkeys(f"– {_fact_line(fact, tekster)}" for fact in facts)
    if not lines:
        lines = {tekster.get("endring", "ingen_opplysninger"): None}
    return "\n".join([*lines, *_outside_the_model(before, after, tekster)])


def _fact_line(fact: EndretOpplysning, tekster: Tekster) -> str:
    """Before and now; where both are told in the same coarse words (REQ-68), only that it changed."""
    key = "samme_ord" if fact.foer == fact.naa else "foer_naa"
    return tekster.get("endring", key, foer=fact.foer, naa=fact.naa)


def _outside_the_model(before: Told, after: Told, tekster: Tekster) -> list[str]:
    """What a rule or the text looks at, and the model does not."""
    old, new = before.registrering, after.registrering
    wish = "oensker" if new.oensker_arbeidsevnevurdering else "oensker_ikke"
    changed = {
        wish: old.oensker_arbeidsevnevurdering != new.oensker_arbeidsevnevurdering,
        "soeker": old.soeker_ytelse != new.soeker_ytelse,
        "eget_syn": old.egenvurdering != new.egenvurdering,
    }
    return [tekster.get("endring", key) for key, differs in changed.items() if differs]


def _numbers(before: Told, after: Told) -> tuple[EndretTall, ...]:
    return tuple(
        _number(outcome, before, after)
        for outcome in Outcome
        if _risk(before, outcome) is not None or _risk(after, outcome) is not None
    )


def _number(outcome: Outcome, before: Told, after: Told) -> EndretTall:
    limit = _grense(after, outcome)
    return EndretTall(
        utfall=outcome,
        foer=_shown(before, outcome),
        naa=_shown(after, outcome),
        grense=None if limit is None else limit[0],
        naadd_foer=_reached(before, outcome),
        naadd_naa=_reached(after, outcome),
    )


def _risk(told: Told, outcome: Outcome) -> Risk | None:
    return next((risk for risk in told.profilering.risks if risk.outcome is outcome), None)


def _shown(told: Told, outcome: Outcome) -> int | None:
    return next((a.av_hundre for a in told.profilering.anslag if a.utfall is outcome), None)


def _grense(told: Told, outcome: Outcome) -> tuple[int, bool] | None:
    """The threshold in whole persons of a hundred, and whether the exact estimate had reached it."""
    risk = _risk(told, outcome)
    grense = None if risk is None else grense_of(risk, told.policy)
    return None if grense is None else (round(grense.sannsynlighet * 100), grense.naadd)


def _reached(told: Told, outcome: Outcome) -> bool:
    grense = _grense(told, outcome)
    return grense is not None and grense[1]


def _number_lines(numbers: Sequence[EndretTall], tekster: Tekster) -> str:
    return "\n".join(f"– {_number_line(tall, tekster)}" for tall in numbers) or tekster.get(
        "fast", "ingen_tall"
    )


def _number_line(tall: EndretTall, tekster: Tekster) -> str:
    name = tekster.get("endring", tall.utfall)
    said = tekster.get("endring", _change(tall), tall=name, foer=tall.foer, naa=tall.naa)
    if tall.naa is None or tall.grense is None:
        return said
    reached = ("ikke_naadd", "naadd")[tall.naadd_naa]
    if tall.foer is None:
        reached = f"er_{reached}"
    elif tall.naadd_foer == tall.naadd_naa:
        reached = f"fortsatt_{reached}"
    crossed = tekster.get("endring", reached, grense=tall.grense)
    return f"{said} {crossed}"


def _change(tall: EndretTall) -> str:
    """Key of the sentence about one number."""
    if tall.foer is None:
        return "tall_ingen" if tall.naa is None else "tall_bare_naa"
    if tall.naa is None:
        return "tall_bare_foer"
    return "tall_likt" if tall.foer == tall.naa else "tall_endret"


def _proposed(before: Told, after: Told, tekster: Tekster) -> str:
    old, new = before.profilering.forslag, after.profilering.forslag
    key = "forslag_likt" if old.kode is new.kode else "forslag_endret"
    foer, naa = (tekster.get("forslag", forslag.kode) for forslag in (old, new))
    said = [tekster.get("endring", key, foer=foer, naa=naa)]
    if old.regel.kode is new.regel.kode:
        said.append(tekster.get("endring", "regel_lik"))
    else:
        limit = round(new.regel.threshold * 100) if new.regel.kostnadsforhold is not None else None
        reason = tekster.get("regel", new.regel.kode, grense=limit)
        said.append(tekster.get("endring", "regel_endret", regel=reason))
    return " ".join([*said, tekster.get("fast", "ingen_forslag")])
