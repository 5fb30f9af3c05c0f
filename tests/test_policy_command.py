"""`python -m serving policy explain`: all that a policy says, on a page a jurist can sign."""

import re
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from models.canonical import digest_of
from models.policy_file import POLICIES, policy_path, read_policy_version
from models.text_file import read_tekster, text_path
from profilering.policy import Policy, RegelKode, Totrinn
from profilering.registrering import JaNeiVetIkke, Livsoppholdsytelse
from serving.commands.policy import policy_cli, policy_page

VERSIONS = sorted(path.stem for path in POLICIES.glob("*.toml"))
NEWEST = read_policy_version("2026-2")


def explained(*arguments: str) -> Result:
    return CliRunner().invoke(policy_cli, ["explain", *arguments])


def page_of(policy: Policy) -> str:
    return policy_page(policy, "sha256:prøve", read_tekster(text_path("nb")))


def with_ratio(kode: RegelKode, ratio: float) -> Policy:
    rules = (replace(r, kostnadsforhold=ratio) if r.kode is kode else r for r in NEWEST.regler)
    return replace(NEWEST, regler=tuple(rules))


def flat(page: str) -> str:
    """A page without its line breaks."""
    return " ".join(page.split())


@pytest.mark.parametrize("versjon", VERSIONS)
def test_the_page_says_every_rule_in_order_with_source_approver_and_the_digest_of_the_file(
    versjon: str,
) -> None:
    ended = explained("--policy", versjon)
    assert ended.exit_code == 0, ended.output
    policy, page = read_policy_version(versjon), flat(ended.output)
    numbered = [f"{number}. {regel.kode}" for number, regel in enumerate(policy.regler, 1)]
    places = [page.index(one) for one in numbered]
    assert places == sorted(places)
    for regel in policy.regler:
        assert f"{regel.forklaring} " in page
        assert f"Kilde: {regel.kilde}." in page
    for merknad in policy.merknader:
        assert f"Når: {merknad.forklaring} " in page
        assert f"Kilde: {merknad.kilde}." in page
    assert policy.godkjent_av in page
    assert "22. november 2026" in page
    assert digest_of(policy_path(versjon).read_bytes()) in page
    assert "Navn og rolle: ____" in page


@pytest.mark.parametrize("versjon", VERSIONS)
def test_every_line_fits_a_sheet_of_paper(versjon: str) -> None:
    assert max(len(line) for line in explained("--policy", versjon).output.splitlines()) <= 90


def test_every_number_says_why_it_is_what_it_is_or_that_it_is_ours() -> None:
    """Also an older policy, which has no reasons in its file; its numbers are said to be provisional."""
    with_reasons, first = (flat(page_of(read_policy_version(versjon))) for versjon in ("2026-2", "2026-1"))
    reasons = [regel.grunn_for_grensen for regel in NEWEST.regler if regel.grunn_for_grensen]
    assert len(reasons) == 4
    for reason in reasons:
        assert f"Grunn: {flat(reason)}" in with_reasons
    assert first.count("Grunn: Foreløpig, satt av prosjektet.") == 3


def test_two_steps_and_words_of_strength_name_their_source() -> None:
    page = flat(page_of(NEWEST))
    assert "Alle ser forslaget med en gang. Kilde: Krav REQ-19 og REQ-20." in page
    assert f"De endrer det ikke. Kilde: {NEWEST.styrke_kilde}." in page
    assert NEWEST.styrke_kilde.startswith("foreløpig")


def test_a_note_says_how_age_is_counted_and_that_six_months_is_the_projects_own() -> None:
    page = flat(page_of(NEWEST))
    assert "(Opplysning: alder, under 30.) Alder er året personen registrerer seg, minus fødselsåret." in page
    assert "6 av 24 måneder er prosjektets eget foreløpige mål." in page


def test_without_a_version_the_newest_in_force_is_explained() -> None:
    assert explained().output.startswith(f"REGELVERK {VERSIONS[-1]}:")


def test_a_policy_that_is_not_there_is_named_with_those_that_are() -> None:
    ended = explained("--policy", "1999-1")
    assert ended.exit_code == 2
    assert "policy 1999-1.toml cannot be read" in ended.output
    assert all(versjon in ended.output for versjon in VERSIONS)


def test_a_limit_stands_with_its_cost_ratio_and_what_that_means() -> None:
    page = flat(page_of(with_ratio(RegelKode.FORHOEYET_ANSLAG, 9.0)))
    assert "Anslaget for langvarig stønad er 10 av 100 eller mer." in page
    assert "10 av 100 = 1 / (1 + 9). Å overse én person regnes som 9 ganger så ille" in page
    assert "De 90 andre får en samtale de kanskje ikke trengte" in page


def test_a_limit_between_two_whole_numbers_is_not_rounded_to_one() -> None:
    assert "28,6 av 100 = 1 / (1 + 2,5)" in flat(page_of(with_ratio(RegelKode.FORHOEYET_ANSLAG, 2.5)))


def test_two_step_offices_are_listed_and_none_is_said() -> None:
    assert "Ingen kontorer. Alle ser forslaget med en gang." in page_of(NEWEST)
    some = replace(NEWEST, totrinn=Totrinn(frozenset({"0402", "0315"}), uten_enhet=True))
    assert "Gjelder: kontor 0315, kontor 0402, henvendelser uten kontor." in flat(page_of(some))


def test_what_is_set_in_the_policy_is_what_the_page_says() -> None:
    """Each setting changed alone changes the page: none is left out of what is signed."""
    little, outside = RegelKode.FOR_LITE_GRUNNLAG, RegelKode.UTENFOR_MODELLEN
    changed: list[tuple[RegelKode, dict[str, Any]]] = [
        (little, {"minst_svar": 4}),
        (little, {"minst_registre": 1}),
        (little, {"hoeyst_motstrid": 2}),
        (little, {"hoeyst_motstrid": None}),
        (outside, {"innenfor": ("ledighet",)}),
        (outside, {"innenfor_naar_kjent": ()}),
        (
            RegelKode.YTELSE_KREVER_ARBEIDSEVNEVURDERING,
            {"ytelser": frozenset({Livsoppholdsytelse.SYKEPENGER})},
        ),
        (RegelKode.OPPGITT_HELSEHINDRING, {"svar": frozenset(JaNeiVetIkke)}),
    ]
    for kode, setting in changed:
        rules = (replace(r, **setting) if r.kode is kode else r for r in NEWEST.regler)
        assert page_of(replace(NEWEST, regler=tuple(rules))) != page_of(NEWEST), setting
    for other in (replace(NEWEST, styrke_mye=0.6), replace(NEWEST, styrke_noe=0.2)):
        assert page_of(other) != page_of(NEWEST)
    notes = NEWEST.merknader
    for others in (
        notes[:1],
        (replace(notes[0], under=25), notes[1]),
        (notes[0], replace(notes[1], minst=9)),
    ):
        assert page_of(replace(NEWEST, merknader=others)) != page_of(NEWEST)


def test_the_page_is_written_in_norwegian_letters() -> None:
    words = re.findall(r"\b[a-zæøå]+\b", page_of(NEWEST))
    foreign = {"foer", "naar", "stoenad", "oensker", "registrert_som", "aar"}
    assert not foreign & set(words)
