"""From estimates to a forslag: the cases of a table jurists can extend, and what no policy may do."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest

from models.policy_file import policy_path, read_policy
from profilering.errors import SetupError
from profilering.innsatsgruppe import AKTUELLE, ForslagKode
from profilering.policy import Case, Policy, RegelKode, propose
from profilering.registrering import (
    Beskrivelse,
    Historikk,
    JaNeiVetIkke,
    Livsoppholdsytelse,
    Opplysninger,
    Registrering,
    Utdanning,
    Ytelse,
)
from profilering.risk import Risk, Span
from tests.make import HELSE, LANGVARIG, a_frequency, a_policy, a_registrering, a_risk

TABLE = tomllib.loads((Path(__file__).parent / "cases" / "policy.toml").read_text(encoding="utf-8"))
VANLIG: dict[str, Any] = TABLE["vanlig"]
TILFELLER: list[dict[str, Any]] = TABLE["tilfelle"]
EXPECTED = {"setning", "forslag", "regel"}
POLICY = a_policy()
SPANS = {"alder": Span(18, 66)}
REFUSALS = {RegelKode.STANSET, RegelKode.FOR_LITE_GRUNNLAG, RegelKode.UTENFOR_MODELLEN}


def a_case(**differences: Any) -> Case:
    """Build the ordinary case of the table with the differences a case names."""
    facts = {**VANLIG, **differences}
    estimates = [
        _estimate(outcome, facts[f"anslag_{name}"], facts[f"mellom_{name}"])
        for outcome, name in ((LANGVARIG, "langvarig"), (HELSE, "helse"))
    ]
    return Case(
        registrering=_registrering(facts),
        features={"alder": None if facts["alder"] == "UKJENT" else facts["alder"]},
        risks=tuple(risk for risk in estimates if risk),
        spans=SPANS,
        stanset=facts["stanset"],
    )


def _estimate(outcome: Any, av_hundre: Any, mellom: Any) -> Risk | None:
    if av_hundre == "IKKE_ANSLAATT":
        return None
    probability = av_hundre / 100
    risk = a_risk(outcome, 0.5)
    if mellom == "FOR_FAA":
        return replace(risk, probability=probability, alike=None)
    alike = a_frequency(round(5 * av_hundre), low=mellom[0] / 100, high=mellom[1] / 100)
    return replace(risk, probability=probability, alike=alike)


def _registrering(facts: Mapping[str, Any]) -> Registrering:
    answered = facts["registre"]
    return a_registrering(
        registrert=facts["registrert"],
        opplysninger=Opplysninger(
            utdanning=None if facts["utdanning"] == "UBESVART" else Utdanning(facts["utdanning"], None, None),
            helse=_answer(facts["helse"]),
            annet_gitt=True,
            annet=_answer(facts["annet"]),
            jobbsituasjon=None if facts["jobbsituasjon"] == "UBESVART" else frozenset({Beskrivelse.ANNET}),
            styrk08=None,
        ),
        historikk=Historikk(
            arbeidsforhold=() if "arbeidsforhold" in answered else None,
            ytelser=tuple(map(_spell, facts["har"])) if "ytelser" in answered else None,
            perioder=() if "perioder" in answered else None,
            tiltak=() if "tiltak" in answered else None,
        ),
        soeker_ytelse=frozenset(map(Livsoppholdsytelse, facts["soeker"])),
        oensker_arbeidsevnevurdering=facts["oensker_arbeidsevnevurdering"],
    )


def _answer(stated: str) -> JaNeiVetIkke | None:
    return None if stated == "UBESVART" else JaNeiVetIkke(stated)


def _spell(stated: Mapping[str, Any]) -> Ytelse:
    """The table's last day, included, becomes the day after it."""
    til = stated["til"] + timedelta(days=1) if "til" in stated else None
    return Ytelse(Livsoppholdsytelse(stated["ytelse"]), stated["fra"], til)


@pytest.mark.parametrize("tilfelle", TILFELLER, ids=lambda tilfelle: tilfelle["setning"])
def test_the_policy_answers_as_the_table_says(tilfelle: dict[str, Any]) -> None:
    differences = {key: value for key, value in tilfelle.items() if key in VANLIG}
    forslag = propose(a_case(**differences), POLICY)
    assert (forslag.kode, forslag.regel.kode) == (tilfelle["forslag"], tilfelle["regel"])
    assert forslag.grensetilfelle is tilfelle.get("grensetilfelle", False)


def test_every_case_of_the_table_says_what_it_is_about_and_nothing_unread() -> None:
    sentences = [tilfelle["setning"] for tilfelle in TILFELLER]
    assert len(sentences) == len(set(sentences))
    for tilfelle in TILFELLER:
        assert tilfelle.keys() >= EXPECTED, tilfelle["setning"]
        assert tilfelle.keys() <= EXPECTED | VANLIG.keys() | {"grensetilfelle"}, tilfelle["setning"]


def test_the_table_has_a_case_for_every_rule() -> None:
    assert {tilfelle["regel"] for tilfelle in TILFELLER} == set(RegelKode)


# The order of the rules

MAKES_APPLY: Mapping[RegelKode, dict[str, Any]] = {
    RegelKode.STANSET: {"stanset": True},
    RegelKode.OENSKER_ARBEIDSEVNEVURDERING: {"oensker_arbeidsevnevurdering": True},
    RegelKode.YTELSE_KREVER_ARBEIDSEVNEVURDERING: {"soeker": ["AAP"]},
    RegelKode.OPPGITT_HELSEHINDRING: {"helse": "JA"},
    RegelKode.FOR_LITE_GRUNNLAG: {"registre": []},
    RegelKode.UTENFOR_MODELLEN: {"alder": 90},
    RegelKode.FORHOEYET_ANSLAG_HELSE: {"anslag_helse": 80},
    RegelKode.FORHOEYET_ANSLAG: {"anslag_langvarig": 80},
    RegelKode.INGEN_FORHOEYET_ANSLAG: {},
}


@pytest.mark.parametrize(("earlier", "later"), list(combinations(RegelKode, 2)))
def test_an_earlier_rule_decides_before_a_later_one(earlier: RegelKode, later: RegelKode) -> None:
    assert propose(a_case(**MAKES_APPLY[later]), POLICY).regel.kode is later
    both = MAKES_APPLY[later] | MAKES_APPLY[earlier]
    assert propose(a_case(**both), POLICY).regel.kode is earlier


def test_when_every_rule_applies_they_decide_in_turn() -> None:
    for first, kode in enumerate(RegelKode):
        facts: dict[str, Any] = {}
        for later in list(RegelKode)[first:]:
            facts |= MAKES_APPLY[later]
        assert propose(a_case(**facts), POLICY).regel.kode is kode


# What no estimate can do

SCORES = range(101)


@pytest.mark.parametrize("helse", ["JA", "NEI", "VET_IKKE", "UBESVART"])
def test_no_pair_of_estimates_leads_to_a_refusal_or_past_the_four_codes(helse: str) -> None:
    ordinary = a_case(helse=helse)
    by_outcome = {
        outcome: [replace(a_risk(outcome, 0.5), probability=score / 100) for score in SCORES]
        for outcome in (LANGVARIG, HELSE)
    }
    for risks in product(*by_outcome.values()):
        forslag = propose(replace(ordinary, risks=risks), POLICY)
        assert forslag.kode in set(ForslagKode) - {ForslagKode.INGEN_FORSLAG}
        assert forslag.regel.kode not in REFUSALS


def test_whether_the_service_refrains_never_depends_on_an_estimate() -> None:
    answers = ("JA", "NEI", "VET_IKKE", "UBESVART")
    scores = (0, 19.99, 20, 24.99, 25, 100)
    for stanset, alder, registre in product(
        (False, True), (38, 17, "UKJENT"), (["ytelser"], VANLIG["registre"])
    ):
        for helse, annet in product(answers, answers):
            facts = {"stanset": stanset, "alder": alder, "registre": registre, "helse": helse, "annet": annet}
            refrains = {
                propose(a_case(**facts, anslag_langvarig=one, anslag_helse=other), POLICY).kode
                is ForslagKode.INGEN_FORSLAG
                for one, other in product(scores, scores)
            }
            assert len(refrains) == 1


def test_a_higher_estimate_never_gives_less_help() -> None:
    weight = [
        ForslagKode.STANDARD_INNSATS,
        ForslagKode.SITUASJONSBESTEMT_INNSATS,
        ForslagKode.BEHOV_FOR_ARBEIDSEVNEVURDERING,
    ]
    for fixed, raised in (("anslag_helse", "anslag_langvarig"), ("anslag_langvarig", "anslag_helse")):
        for other in (0, 19, 20, 24, 25, 100):
            given = [
                weight.index(propose(a_case(**{fixed: other, raised: score}), POLICY).kode)
                for score in SCORES
            ]
            assert given == sorted(given)


def test_a_machine_has_no_word_for_what_needs_an_arbeidsevnevurdering_first() -> None:
    assert set(ForslagKode) == {
        "STANDARD_INNSATS",
        "SITUASJONSBESTEMT_INNSATS",
        "BEHOV_FOR_ARBEIDSEVNEVURDERING",
        "INGEN_FORSLAG",
    }
    assert set(AKTUELLE) == set(ForslagKode)


# The file

SOURCE = policy_path("2026-1").read_text("utf-8")


def test_the_thresholds_are_the_cost_ratios_of_the_file_and_no_other_number() -> None:
    assert POLICY.regel(RegelKode.FORHOEYET_ANSLAG_HELSE).threshold == 1 / 5
    assert POLICY.regel(RegelKode.FORHOEYET_ANSLAG).threshold == 1 / 4
    with pytest.raises(SetupError, match="no kostnadsforhold"):
        _ = POLICY.regel(RegelKode.STANSET).threshold


def test_every_rule_names_its_source_and_the_policy_its_approver() -> None:
    assert POLICY.godkjent_av
    assert all(regel.kilde and regel.forklaring for regel in POLICY.regler)
    assert 0 < POLICY.styrke_noe < POLICY.styrke_mye


def swapped(text: str, one: str, other: str) -> str:
    return text.replace(one, "\0").replace(other, one).replace("\0", other)


def without(text: str, line: str) -> str:
    assert line in text
    return "\n".join(row for row in text.splitlines() if not row.startswith(line))


BROKEN: Mapping[str, Callable[[str], str]] = {
    "estimate before law": lambda t: swapped(t, '"OPPGITT_HELSEHINDRING"', '"FORHOEYET_ANSLAG"'),
    "a rule twice": lambda t: t.replace('"STANSET"', '"FOR_LITE_GRUNNLAG"'),
    "a rule left out": lambda t: t.replace(
        t[t.index("[[regel]]") : t.index('[[regel]]\nkode = "OENSKER')], ""
    ),
    "no source": lambda t: without(t, 'kilde = "Krav REQ-34'),
    "an empty source": lambda t: t.replace('kilde = "Krav REQ-34 og REQ-61"', 'kilde = ""'),
    "an unknown key": lambda t: t.replace("minst_svar", "minst_svarr"),
    "an unknown key at the top": lambda t: "kvote = 10\n" + t,
    "a quota in a rule": lambda t: t.replace("minst_registre = 2", "minst_registre = 2\nplasser = 40"),
    "no approver": lambda t: without(t, "godkjent_av"),
    "an empty approver": lambda t: t.replace('godkjent_av = "', 'godkjent_av = ""\n# "'),
    "a forslag a machine may not make": lambda t: t.replace(
        '"STANDARD_INNSATS"', '"VARIG_TILPASSET_INNSATS"'
    ),
    "an estimate that leads to a refusal": lambda t: t.replace(
        '"SITUASJONSBESTEMT_INNSATS"', '"INGEN_FORSLAG"'
    ),
    "too little known leads to more": lambda t: t.replace(
        '"FOR_LITE_GRUNNLAG"\nforslag = "INGEN_FORSLAG"', '"FOR_LITE_GRUNNLAG"\nforslag = "STANDARD_INNSATS"'
    ),
    "no ytelser": lambda t: without(t, "ytelser ="),
    "no svar": lambda t: without(t, "svar ="),
    "nothing to be inside of": lambda t: without(t, "innenfor ="),
    "no cost ratio": lambda t: without(t, "kostnadsforhold = 4.0"),
    "neither outcome nor cost ratio": lambda t: without(
        without(t, "kostnadsforhold = 4.0"), 'utfall = "HELSE'
    ),
    "a cost ratio of nothing": lambda t: t.replace("kostnadsforhold = 4.0", "kostnadsforhold = 0.0"),
    "a cost ratio that is no number": lambda t: t.replace("kostnadsforhold = 4.0", "kostnadsforhold = nan"),
    "a cost ratio in words": lambda t: t.replace("kostnadsforhold = 4.0", 'kostnadsforhold = "4"'),
    "no strength": lambda t: without(t, "mye ="),
    "no TOML": lambda t: t + "\n[",
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_policy_is_refused(fault: str, tmp_path: Path) -> None:
    broken = BROKEN[fault](SOURCE)
    assert broken != SOURCE
    with pytest.raises(SetupError):
        _read(broken, tmp_path)


def test_an_unknown_key_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="did you mean minst_svar"):
        _read(SOURCE.replace("minst_svar", "minst_svarr"), tmp_path)


def test_exchanged_cost_ratios_give_other_answers(tmp_path: Path) -> None:
    """So the table goes red when somebody exchanges them."""
    exchanged = _read(swapped(SOURCE, "kostnadsforhold = 4.0", "kostnadsforhold = 3.0"), tmp_path)
    changed = [t for t in TILFELLER if _kode(t, exchanged) != t["forslag"]]
    assert len(changed) >= 4


def _kode(tilfelle: Mapping[str, Any], policy: Policy) -> ForslagKode:
    return propose(a_case(**{k: v for k, v in tilfelle.items() if k in VANLIG}), policy).kode


def _read(text: str, folder: Path) -> Policy:
    path = folder / "test.toml"
    path.write_text(text, encoding="utf-8")
    return read_policy(path)
