"""From estimates to a forslag: the cases of a table jurists can extend, and what no policy may do."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations, product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from models.policy_file import newest_policy, policy_path, read_policy, read_policy_version
from profilering.errors import SetupError
from profilering.features import features_of
from profilering.innsatsgruppe import AKTUELLE, ForslagKode
from profilering.policy import BY_ESTIMATE, REFRAINING, MerknadKode, Policy, RegelKode
from profilering.propose import Case, propose
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
from tests.make import (
    HELSE,
    LANGVARIG,
    a_frequency,
    a_market,
    a_model,
    a_random_registrering,
    a_registrering,
    a_risk,
)

TABLE = tomllib.loads((Path(__file__).parent / "cases" / "policy.toml").read_text(encoding="utf-8"))
VANLIG: dict[str, Any] = TABLE["vanlig"]
TILFELLER: list[dict[str, Any]] = TABLE["tilfelle"]
EXPECTED = {"setning", "forslag", "regel"}
POLICY = read_policy_version("2026-2")
SPANS = {"alder": Span(18, 66), "antall_jobber_siste_36": Span(0, 12), "perioder_siste_60": Span(0, 9)}
FEATURES = {
    "alder": "alder",
    "antall_jobber": "antall_jobber_siste_36",
    "antall_perioder": "perioder_siste_60",
    "maaneder_arbeidssoeker": "maaneder_arbeidssoeker_siste_24",
}
"""The table's words for the features that a rule or a note looks at."""


def a_case(**differences: Any) -> Case:
    """Build the ordinary case of the table with the differences a case names."""
    facts = {**VANLIG, **differences}
    estimates = [
        _estimate(outcome, facts[f"anslag_{name}"], facts[f"mellom_{name}"])
        for outcome, name in ((LANGVARIG, "langvarig"), (HELSE, "helse"))
    ]
    return Case(
        registrering=_registrering(facts),
        features={name: None if facts[word] == "UKJENT" else facts[word] for word, name in FEATURES.items()},
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
        motstrid=tuple(facts["motstrid"]),
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
    assert list(forslag.merknader) == tilfelle.get("merknader", [])


def test_every_case_of_the_table_says_what_it_is_about_and_nothing_unread() -> None:
    sentences = [tilfelle["setning"] for tilfelle in TILFELLER]
    assert len(sentences) == len(set(sentences))
    for tilfelle in TILFELLER:
        assert tilfelle.keys() >= EXPECTED, tilfelle["setning"]
        assert tilfelle.keys() <= EXPECTED | VANLIG.keys() | {"grensetilfelle", "merknader"}, tilfelle[
            "setning"
        ]


def test_the_table_has_a_case_for_every_rule_and_every_note() -> None:
    assert {tilfelle["regel"] for tilfelle in TILFELLER} == set(RegelKode)
    assert {kode for tilfelle in TILFELLER for kode in tilfelle.get("merknader", [])} == set(MerknadKode)


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
ANSWERS = ("JA", "NEI", "VET_IKKE", "UBESVART")
EVERYTHING = {
    "stanset": (False, True),
    "oensker_arbeidsevnevurdering": (False, True),
    "soeker": ([], ["AAP"]),
    "har": ([], [{"ytelse": "UFOERETRYGD", "fra": date(2020, 1, 1)}]),
    "helse": ANSWERS,
    "annet": ANSWERS,
    "utdanning": (4, "UBESVART"),
    "jobbsituasjon": ("BESVART", "UBESVART"),
    "registre": (VANLIG["registre"], VANLIG["registre"][:2]),
    "motstrid": ([], ["utdanning.nus", "jobbsituasjon.beskrivelser"]),
    "alder": (38, 17, "UKJENT"),
}
"""Every answer that a rule looks at, and one that none does (`annet`)."""
NO_ESTIMATE = {"anslag_langvarig": "IKKE_ANSLAATT", "anslag_helse": "IKKE_ANSLAATT"}


def pairs_of(scores: Any) -> list[tuple[Risk, ...]]:
    """Both estimates at every pair of scores (of 100), besides either alone and none at all."""
    alone = {
        outcome: [replace(a_risk(outcome, 0.5), probability=score / 100) for score in scores]
        for outcome in (LANGVARIG, HELSE)
    }
    return [*product(*alone.values()), *((risk,) for risks in alone.values() for risk in risks), ()]


@pytest.mark.parametrize("helse", ANSWERS)
def test_no_pair_of_estimates_leads_to_a_refusal_or_past_the_four_codes(helse: str) -> None:
    ordinary = a_case(helse=helse)
    for risks in pairs_of(SCORES):
        forslag = propose(replace(ordinary, risks=risks), POLICY)
        assert forslag.kode in set(ForslagKode) - {ForslagKode.INGEN_FORSLAG}
        assert forslag.regel.kode not in REFRAINING


def test_whatever_is_answered_estimates_neither_refuse_nor_free_and_law_is_law() -> None:
    """All answers times the scores around every threshold: 12,288 cases, each at 49 pairs or fewer.

    A rule that does not look at estimates decides the same at every score, and only those may refrain.
    """
    around = pairs_of((0, 19.99, 20, 24.99, 25, 100))
    seen = set()
    for values in product(*EVERYTHING.values()):
        case = a_case(**dict(zip(EVERYTHING, values, strict=True)), **NO_ESTIMATE)
        first = propose(case, POLICY).regel.kode
        seen.add(first)
        allowed = BY_ESTIMATE if first in BY_ESTIMATE else {first}
        for risks in around if first in BY_ESTIMATE else around[:: len(around) // 4]:
            forslag = propose(replace(case, risks=risks), POLICY)
            assert forslag.regel.kode in allowed
            assert (forslag.kode is ForslagKode.INGEN_FORSLAG) == (first in REFRAINING)
    assert seen == set(RegelKode) - {RegelKode.FORHOEYET_ANSLAG, RegelKode.FORHOEYET_ANSLAG_HELSE}


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


# Notes


def test_what_is_not_known_gives_no_note() -> None:
    unknown = propose(a_case(alder="UKJENT", maaneder_arbeidssoeker="UKJENT"), POLICY)
    assert unknown.merknader == ()


def test_the_limit_of_a_note_moves_no_estimate_no_forslag_and_no_rule() -> None:
    """They are whom the policy puts first, and nothing about the person's need (REQ-38)."""
    random = Random(5)  # noqa: S311 - nothing secret
    people = [a_random_registrering(random) for _ in range(500)]
    frame = features_of(people, a_market())
    ung, lenge = POLICY.merknader
    for person, row, risks in zip(people, frame.rows(named=True), a_model().risks(frame.rows()), strict=True):
        under, minst = random.randint(-1, 80), random.randint(-1, 25)
        other = replace(POLICY, merknader=(replace(ung, under=under), replace(lenge, minst=minst)))
        case = Case(person, row, risks, SPANS, stanset=False)
        ours, theirs = propose(case, POLICY), propose(case, other)
        assert replace(ours, merknader=()) == replace(theirs, merknader=())
        assert theirs.merknader == _by_hand(row, under, minst)


def _by_hand(row: Mapping[str, int | None], under: int, minst: int) -> tuple[MerknadKode, ...]:
    alder, maaneder = row["alder"], row["maaneder_arbeidssoeker_siste_24"]
    young = alder is not None and alder < under
    long = maaneder is not None and maaneder >= minst
    return ((MerknadKode.UNG,) if young else ()) + ((MerknadKode.LENGE_REGISTRERT,) if long else ())


# The file

SOURCE = policy_path("2026-2").read_text("utf-8")


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
    "a setting that the rule does not read": lambda t: t.replace('"STANSET"', '"STANSET"\nminst_svar = 4'),
    "a quota in a rule": lambda t: t.replace("minst_registre = 3", "minst_registre = 3\nplasser = 40"),
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
    "a reason that is no text": lambda t: t.replace(
        'grunn_for_grensen = "Foreløpig, satt av prosjektet. Nav', 'grunn_for_grensen = 4  # "'
    ),
    "a cost ratio in words": lambda t: t.replace("kostnadsforhold = 4.0", 'kostnadsforhold = "4"'),
    "a note of a kind nobody knows": lambda t: t.replace('"UNG"', '"INNVANDRER"'),
    "a note twice": lambda t: t.replace('"LENGE_REGISTRERT"', '"UNG"'),
    "a note on what is no number": lambda t: t.replace('opplysning = "alder"', 'opplysning = "fylke"'),
    "a note on what is no feature": lambda t: t.replace('opplysning = "alder"', 'opplysning = "kjoenn"'),
    "a note without a limit": lambda t: without(t, "under ="),
    "a note with a limit in words": lambda t: t.replace("under = 30", 'under = "30"'),
    "a note that moves an estimate": lambda t: t.replace("under = 30", "under = 30\nlog_odds = 0.2"),
    "a note without a source": lambda t: without(t, 'kilde = "Meld. St. 33 (2015–2016) L3860-3867;'),
    "no office but words": lambda t: t.replace("enheter = []", 'enheter = ["alle"]'),
    "two-step by a number": lambda t: t.replace("uten_enhet = false", "uten_enhet = 0"),
    "two-step without a source": lambda t: t.replace('kilde = "Krav REQ-19 og REQ-20"', 'kilde = ""'),
    "a day in words": lambda t: t.replace("gjelder_fra = 2026-11-22", 'gjelder_fra = "i dag"'),
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


def test_a_policy_without_notes_and_two_steps_has_none() -> None:
    first = read_policy_version("2026-1")
    assert (first.merknader, first.totrinn.gjelder("0315"), first.totrinn.gjelder(None)) == ((), False, False)


def test_two_steps_apply_where_the_file_says(tmp_path: Path) -> None:
    some = _read(SOURCE.replace("enheter = []", 'enheter = ["0315"]'), tmp_path).totrinn
    assert [some.gjelder(enhet) for enhet in ("0315", "0316", None)] == [True, False, False]
    unnamed = _read(SOURCE.replace("uten_enhet = false", "uten_enhet = true"), tmp_path).totrinn
    assert [unnamed.gjelder(enhet) for enhet in ("0315", None)] == [False, True]


def test_nobody_is_in_two_steps_until_an_office_asks_for_it() -> None:
    assert POLICY.totrinn.enheter == frozenset()
    assert not POLICY.totrinn.uten_enhet


def test_the_newest_policy_is_the_one_that_came_into_force_last(tmp_path: Path) -> None:
    for versjon, day in (("2026-2", "2026-11-22"), ("2026-9", "2027-01-01"), ("2026-10", "2027-01-01")):
        text = SOURCE.replace('versjon = "2026-2"', f'versjon = "{versjon}"').replace("2026-11-22", day)
        (tmp_path / f"{versjon}.toml").write_text(text, "utf-8")
    assert newest_policy(date(2026, 12, 31), tmp_path) == "2026-2"
    assert newest_policy(date(2027, 1, 1), tmp_path) == "2026-10"
    with pytest.raises(SetupError, match="in force"):
        newest_policy(date(2026, 11, 21), tmp_path)


def test_a_policy_says_whose_spans_a_model_must_have() -> None:
    assert POLICY.spans_wanted == SPANS.keys()
    assert read_policy_version("2026-1").spans_wanted == {"alder"}


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
