"""What was said is made again to the bit and letter, or it is told where not and why not."""

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.archive import Archive
from models.code import code_digest
from profilering.assess import assess, assess_all
from profilering.tekster import Tekster
from serving.replaying.replay import KanIkke, Replayed, replay, replay_all
from tests.builders import understood
from tests.bundles import a_bundle
from tests.make import REGISTRERINGER, a_basis, a_historikk, a_job, a_registrering, before, some_opplysninger
from tests.proof.requests import request_of
from tests.replays import Answered, altered, answer_some

CASE = UUID(int=1)


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Answered:
    """Read only: a test that damages something takes a copy."""
    return answer_some(tmp_path_factory.mktemp("answered"))


def pointers(result: Replayed | KanIkke) -> list[str]:
    assert isinstance(result, Replayed)
    return [forskjell.peker for forskjell in result.forskjeller]


def equal(result: Replayed | KanIkke) -> bool:
    return isinstance(result, Replayed) and result.likt


# Equal


def test_everything_the_service_said_comes_out_the_same(answered: Answered) -> None:
    results = replay_all(answered.entries, Archive(answered.arkiv).approved)
    assert len(results) >= 25
    assert all(equal(result) for result in results)
    contents = [json.loads(entry.content) for entry in answered.entries]
    assert {content["stanset"] for content in contents} == {True, False}
    assert len({content["forslag"]["regel"] for content in contents}) >= 4
    assert any(json.loads(content["svar"])["motstrid"] for content in contents)


def test_one_alone_comes_out_as_it_does_among_the_others(answered: Answered) -> None:
    approved_of = Archive(answered.arkiv).approved
    assert all(equal(replay(entry, approved_of)) for entry in answered.entries[:5])


def test_the_result_tells_what_the_answer_stood_on(answered: Answered) -> None:
    (result,) = replay_all([answered.entry], Archive(answered.arkiv).approved)
    assert isinstance(result, Replayed)
    assert result.modell == answered.approved.model_version
    assert result.digester.basis == answered.approved.digests
    assert result.digester.kode == code_digest()


@settings(deadline=None, max_examples=15)
@given(crowd=st.lists(st.tuples(REGISTRERINGER, st.booleans()), max_size=7))
def test_many_are_assessed_as_each_would_be_alone(answered: Answered, crowd: list[tuple[Any, bool]]) -> None:
    """To the bit: a profilering holds every float, and `repr` tells all of them apart."""
    for basis in (answered.approved.basis, a_basis()):
        together = assess_all([r for r, _ in crowd], basis, stanset=[stopped for _, stopped in crowd])
        alone = [assess(registrering, basis, stanset=stopped) for registrering, stopped in crowd]
        assert repr(together) == repr(alone)


def test_a_request_made_of_a_registrering_is_understood_as_that_registrering() -> None:
    of_several_kinds = [
        a_registrering(),
        a_registrering(opplysninger=some_opplysninger(utdanning=None, helse=None, jobbsituasjon=None)),
        a_registrering(opplysninger=some_opplysninger(annet=None)),
        a_registrering(historikk=a_historikk(arbeidsforhold=(a_job(before(900)),), ytelser=None)),
    ]
    for number, registrering in enumerate(of_several_kinds):
        assert understood(dict(request_of(registrering, number))) == registrering


# Different


def _estimate(content: dict[str, Any]) -> None:
    estimate = content["anslag"][0]
    estimate["sannsynlighet"] = math.nextafter(estimate["sannsynlighet"], 1)


def _contribution(content: dict[str, Any]) -> None:
    content["anslag"][1]["bidrag"][3][1] += 1e-9


def _answer_text(content: dict[str, Any]) -> None:
    svar = json.loads(content["svar"])
    svar["begrunnelse"]["avsnitt"][0]["tekst"] += "."
    content["svar"] = json.dumps(svar, ensure_ascii=False, separators=(",", ":"))


def _answer_spelling(content: dict[str, Any]) -> None:
    content["svar"] += " "


def _answer_unreadable(content: dict[str, Any]) -> None:
    content["svar"] = content["svar"][:-1]


ALTERATIONS: dict[str, Callable[[dict[str, Any]], object]] = {
    "/anslag/0/sannsynlighet": _estimate,
    "/anslag/1/bidrag/3/1": _contribution,
    "/svar/begrunnelse/avsnitt/0/tekst": _answer_text,
    "/svar": _answer_spelling,
    "/forslag/regel": lambda content: content["forslag"].update(regel="STANSET"),
    "/opplysninger/alder": lambda content: content["opplysninger"].pop("alder"),
    "/registrert": lambda content: content.update(registrert="2026-05-13"),
    "/versjoner/modell": lambda content: content["versjoner"].update(modell="liten-2"),
    "/bidrag/1": lambda content: content["bidrag"].pop(),
}


@pytest.mark.parametrize("peker", ALTERATIONS)
def test_one_changed_field_of_a_content_is_found_and_named(answered: Answered, peker: str) -> None:
    changed = altered(answered.entry, ALTERATIONS[peker])
    assert pointers(replay(changed, Archive(answered.arkiv).approved)) == [peker]


def test_a_changed_request_changes_what_comes_of_it(answered: Answered) -> None:
    changed = altered(answered.entry, lambda content: content["forespoersel"]["person"].update(fylke="03"))
    found = pointers(replay(changed, Archive(answered.arkiv).approved))
    assert found
    assert not any(peker.startswith("/forespoersel") for peker in found)


def test_another_id_or_instant_in_the_chain_is_found_in_the_answer(answered: Answered) -> None:
    approved_of = Archive(answered.arkiv).approved
    assert pointers(replay(replace(answered.entry, case_id=CASE), approved_of)) == ["/svar/id"]
    later = answered.entry.created.replace(year=2031)
    assert pointers(replay(replace(answered.entry, created=later), approved_of)) == ["/svar/opprettet"]


def _with(answered: Answered, **changes: Any) -> Callable[[Any], Any]:
    """The archive's answer with another basis under the same digests: an archive that does not verify."""
    return lambda _: replace(answered.approved, basis=replace(answered.approved.basis, **changes))


def _another_letter(tekster: Tekster) -> Tekster:
    fast = {**tekster.sections["fast"], "rettigheter": tekster.sections["fast"]["rettigheter"] + " "}
    return replace(tekster, sections={**tekster.sections, "fast": fast})


def test_another_text_policy_or_model_under_the_same_digests_is_found(answered: Answered) -> None:
    """What would come out if the archive were believed without verifying it."""
    basis, entries = answered.approved.basis, answered.entries
    text = pointers(replay(answered.entry, _with(answered, tekster=_another_letter(basis.tekster))))
    assert [peker.rpartition("/")[2] for peker in text] == ["tekst"]
    assert text[0].startswith("/svar/begrunnelse/")
    stronger = replace(basis.policy, styrke_mye=basis.policy.styrke_mye / 50)
    policy = replay_all(entries, _with(answered, policy=stronger))
    assert any("styrke" in peker for result in policy for peker in pointers(result))
    model = replay_all(entries, _with(answered, model=a_basis().model, arbeidsmarked=basis.arbeidsmarked))
    assert all("/anslag/0/sannsynlighet" in pointers(result) for result in model)


# Cannot


@pytest.mark.parametrize("part", ["policies", "texts"])
@pytest.mark.parametrize("which", [0, -1])
def test_one_letter_more_in_the_archive_and_nothing_is_made_again_from_it(
    answered: Answered, tmp_path: Path, part: str, which: int
) -> None:
    arkiv = Path(shutil.copytree(answered.arkiv, tmp_path / "arkiv"))
    file = sorted((arkiv / part).iterdir())[which]
    file.write_bytes(file.read_bytes().replace(b"e", b"o", 1))
    results = replay_all(answered.entries, Archive(arkiv).approved)
    assert all(isinstance(result, KanIkke) and file.name in result.reason for result in results)


def test_another_bundle_in_the_place_of_the_right_one_is_refused(answered: Answered, tmp_path: Path) -> None:
    arkiv = Path(shutil.copytree(answered.arkiv, tmp_path / "arkiv"))
    (place,) = (arkiv / "bundles").iterdir()
    shutil.rmtree(place)
    other = a_bundle(tmp_path, "liten-2", lift=0.1)
    shutil.copytree(tmp_path / other.removeprefix("sha256:"), place)
    result = replay(answered.entry, Archive(arkiv).approved)
    assert isinstance(result, KanIkke)
    assert "not the approved one" in result.reason


UNREADABLE: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "no UTF-8": b'{"svar":"\xff"}',
    "no object": b"[]",
    "endless": b"[" * 100_000,
    "another content": b'{"stanset":true}',
    "huge number": b'{"x":' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_content_that_cannot_be_read_stops_nobody(answered: Answered, what: str) -> None:
    entries = answered.entries[:3]
    entries[1] = replace(entries[1], content=UNREADABLE[what])
    first, bad, last = replay_all(entries, Archive(answered.arkiv).approved)
    assert equal(first)
    assert equal(last)
    assert isinstance(bad, KanIkke)
    assert "this version can read" in bad.reason


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["forespoersel"].update(ekstra=1),
        lambda content: content["forespoersel"]["person"].update(foedselsaar="1988"),
        lambda content: content["forespoersel"]["person"].update(foedselsaar=2090),
        lambda content: content.update(stanset="true"),
        lambda content: content.update(varighet_ms=None),
        lambda content: content["digester"].update(kode=None),
        lambda content: content["digester"].update(kode="\ud800"),
        lambda content: content.pop("digester"),
    ],
)
def test_what_the_service_would_not_have_taken_is_not_made_again(
    answered: Answered, change: Callable[[dict[str, Any]], object]
) -> None:
    content = json.loads(answered.entry.content)
    change(content)
    entry = replace(answered.entry, content=json.dumps(content).encode())
    assert isinstance(replay(entry, Archive(answered.arkiv).approved), KanIkke)


def test_a_bundle_that_is_not_in_the_archive_is_named(answered: Answered) -> None:
    missing = "sha256:" + 64 * "0"
    changed = altered(answered.entry, lambda content: content["digester"].update(bundle=missing))
    good, bad = replay_all([answered.entries[-1], changed], Archive(answered.arkiv).approved)
    assert equal(good)
    assert isinstance(bad, KanIkke)
    assert missing in bad.reason


def test_texts_that_lack_a_sentence_fail_for_whom_it_is_about_and_tell_no_opplysning(
    answered: Answered,
) -> None:
    """Texts of that time may lack what today's code asks for; the error itself may name a value."""
    tekster = answered.approved.basis.tekster
    silent = replace(tekster, sections={**tekster.sections, "egenvurdering": {}})
    results = replay_all(answered.entries, _with(answered, tekster=silent))
    failed = [result for result in results if isinstance(result, KanIkke)]
    assert 0 < len(failed) < len(results)
    assert {result.reason.partition(" at ")[0] for result in failed} == {
        "today's code fails on it: SetupError"
    }
    assert not any("ANTATT" in result.reason for result in failed)


# What leaks


def test_no_value_is_shown_by_accident(answered: Answered) -> None:
    (result,) = replay_all([altered(answered.entry, _estimate)], Archive(answered.arkiv).approved)
    assert isinstance(result, Replayed)
    (forskjell,) = result.forskjeller
    assert forskjell.journal is not None
    assert forskjell.journal not in repr(result)
