"""What changed when a case was made again: in what is known, in the numbers, and in the forslag (REQ-25).

Where model or rules are others than before, that is said first: numbers may then differ for that reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from profilering.assess import Profilering
from profilering.begrunnelse import Avsnitt
from profilering.features.catalogue import CATALOGUE, Feature
from profilering.innsatsgruppe import ForslagKode
from profilering.innsyn import dag_tekst
from profilering.policy import Policy, RegelKode
from profilering.registrering import Registrering
from profilering.risk import Outcome
from profilering.tekster import Tekster
from profilering.utdypning import regel_of

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
    """One opplysning that is not what it was, as sentences.

    Where both sentences are the same coarse words (REQ-68), `navn` is the theme and names none of its own.
    """

    navn: str
    foer: str
    naa: str


@dataclass(frozen=True, slots=True)
class EndretTall:
    """One estimate before and now, in whole persons of a hundred.

    Everything of a day without a forslag is None, for nothing of it was shown; so is a number that could
    not be counted, and what belongs to a threshold where no rule has one. `naadd_*` say whether the exact
    estimate had reached the threshold of its own day.
    """

    utfall: Outcome
    foer: int | None
    naa: int | None
    grense_foer: int | None
    grense: int | None
    naadd_foer: bool | None
    naadd_naa: bool | None


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
    changed = (
        _fact(feature, old[feature.name], new[feature.name], tekster)
        for feature in CATALOGUE
        if old[feature.name] != new[feature.name]
    )
    return tuple(dict.fromkeys(changed))


def _fact(feature: Feature, old: int | None, new: int | None, tekster: Tekster) -> EndretOpplysning:
    foer, naa = (tekster.fact(feature.name, value) for value in (old, new))
    return EndretOpplysning(feature.tema if foer == naa else feature.name, foer, naa)


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
    estimated = {risk.outcome for told in (before, after) for risk in told.profilering.risks}
    return tuple(_number(outcome, before, after) for outcome in Outcome if outcome in estimated)


def _number(outcome: Outcome, before: Told, after: Told) -> EndretTall:
    foer, naa = _side(before, outcome), _side(after, outcome)
    return EndretTall(
        utfall=outcome,
        foer=foer.av_hundre,
        naa=naa.av_hundre,
        grense_foer=foer.grense,
        grense=naa.grense,
        naadd_foer=foer.naadd,
        naadd_naa=naa.naadd,
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """What a veileder was told of one estimate that day."""

    av_hundre: int | None = None
    grense: int | None = None
    naadd: bool | None = None


def _side(told: Told, outcome: Outcome) -> _Side:
    """Read only from what was shown: an estimate that was kept back is not told by its difference."""
    anslag = next((each for each in told.profilering.anslag if each.utfall is outcome), None)
    if anslag is None:
        return _Side()
    regel = regel_of(outcome, told.policy)
    if regel is None:
        return _Side(anslag.av_hundre)
    risk = next(risk for risk in told.profilering.risks if risk.outcome is outcome)
    return _Side(anslag.av_hundre, regel.grense_av_hundre, risk.probability >= regel.threshold)


def _number_lines(numbers: Sequence[EndretTall], tekster: Tekster) -> str:
    return "\n".join(f"– {_number_line(tall, tekster)}" for tall in numbers) or tekster.get(
        "fast", "ingen_tall"
    )


def _number_line(tall: EndretTall, tekster: Tekster) -> str:
    name = tekster.get("endring", tall.utfall)
    said = tekster.get("endring", _change(tall), tall=name, foer=tall.foer, naa=tall.naa)
    if tall.naa is None or tall.grense is None:
        return said
    return f"{said} {tekster.get('endring', _reached(tall), grense=tall.grense)}"


def _reached(tall: EndretTall) -> str:
    """Key of the sentence about the threshold; before and now are only compared at the same one."""
    reached = "naadd" if tall.naadd_naa else "ikke_naadd"
    if tall.foer is None or tall.grense_foer != tall.grense:
        return f"er_{reached}"
    return f"fortsatt_{reached}" if tall.naadd_foer == tall.naadd_naa else reached


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
        limit = None if new.regel.kostnadsforhold is None else new.regel.grense_av_hundre
        reason = tekster.get("regel", new.regel.kode, grense=limit)
        said.append(tekster.get("endring", "regel_endret", regel=reason))
    return " ".join([*said, tekster.get("fast", "ingen_forslag")])
