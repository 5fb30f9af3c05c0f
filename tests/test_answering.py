"""One thread answers whoever waits: each as if alone, together in one transaction, in time or not at all."""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from models.canonical import canonical_json
from profilering.assess import assess
from serving.answering import Answer
from serving.api.answer_desk import AnswerDesk
from serving.asking import Asked, answer_each
from serving.identity.caller import LOCAL, Caller
from serving.journal import ErasedError, JournalUnavailableError, KeyReusedError
from serving.parts import Parts
from serving.record import content_of
from serving.understanding import understand
from serving.upkeep.standing import Standing
from serving.wire.answer_schemas import ProfileringUtenJournal
from serving.wire.problems import RefusedError
from serving.wire.strict_json import BodyError
from serving.wire.writing import Case, facts_of
from serving.withheld import answers_of
from tests.api_fixtures import NO_MODEL, broken
from tests.builders import NOW, a_request, an_approved, body_of, some_parts, with_answers, with_history
from tests.deciding import KARI
from tests.journals import connected, opened, rows

UNKNOWN = str(UUID(int=404))
REQUESTS = {
    "ordinary": a_request(),
    "nothing known": a_request(
        person={"foedselsaar": None, "fylke": None},
        historikk={"arbeidsforhold": None, "ytelser": None, "tidligerePerioder": None, "tiltak": None},
    ),
    "of law": with_answers(helse={"helsetilstandHindrerArbeid": "JA"}),
    "contradicted": with_answers(utdanning={"nus": "x", "bestaatt": "JA", "godkjent": None}),
    "of oneself": a_request(egenvurdering="ANTATT_GODE_MULIGHETER", enhet="1234"),
    "no work": with_history(arbeidsforhold=[]),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@contextmanager
def a_desk(path: Path, *, timeout_seconds: float = 5.0) -> Iterator[tuple[AnswerDesk, Parts]]:
    with opened(path, timeout_seconds=timeout_seconds) as journal:
        parts = some_parts(journal)
        parts = replace(parts, sources=replace(parts.sources, new_id=uuid4))
        with closing(AnswerDesk(parts)) as desk:
            yield desk, parts


def everybody(desk: AnswerDesk, asked: Sequence[Asked]) -> list[Answer | BaseException]:
    """What each gets who asks at the same time."""

    async def all_of_them() -> list[Answer | BaseException]:
        return await asyncio.gather(*(desk.answer(one) for one in asked), return_exceptions=True)

    return asyncio.run(all_of_them())


def a_case(request: dict[str, object], *, stanset: bool = False) -> Case:
    one, basis = understand(body_of(request)), an_approved().basis
    profilering = assess(one.registrering, basis, stanset=stanset)
    return Case(uuid4(), NOW, one.forespoersel, one.registrering, profilering, facts_of(one.forespoersel))


@pytest.mark.parametrize("stanset", [False, True])
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS.keys())
def test_an_answer_is_what_the_contracts_models_would_write_to_the_byte(
    request_: dict[str, object], stanset: bool
) -> None:
    answers = answers_of(a_case(request_, stanset=stanset), an_approved(), follows=True)
    assert answers.first is not None
    for text in (answers.whole, answers.first):
        written = ProfileringUtenJournal.model_validate_json(text).model_dump_json(by_alias=True)
        assert written.encode() == text


def test_an_answer_says_what_was_estimated_and_nothing_in_another_things_place() -> None:
    case = a_case(a_request())
    read = ProfileringUtenJournal.model_validate_json(answers_of(case, an_approved(), follows=False).whole)
    assert len(read.anslag) == len(case.profilering.anslag) > 0
    for told, anslag in zip(read.anslag, case.profilering.anslag, strict=True):
        same = ("utfall", "av_hundre", "lav", "hoey", "alle_av_hundre", "grunnlag_antall")
        assert [getattr(told, name) for name in same] == [getattr(anslag, name) for name in same]
        parts = ("tema", "type", "retning", "styrke", "tekst", "kilde")
        for bidrag, whole in zip(told.bidrag, anslag.bidrag, strict=True):
            assert [getattr(bidrag, name) for name in parts] == [getattr(whole, name) for name in parts]
    begrunnelse = case.profilering.begrunnelse
    said = [(avsnitt.overskrift, avsnitt.tekst) for avsnitt in read.begrunnelse.avsnitt]
    assert said == [(avsnitt.overskrift, avsnitt.tekst) for avsnitt in begrunnelse.avsnitt]
    sent = case.forespoersel
    ids = (sent.periode_id, sent.opplysninger_om_arbeidssoeker.id)
    assert (read.id, read.periode_id, read.opplysninger_om_arbeidssoeker_id) == (case.id, *ids)


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS.keys())
def test_what_is_journaled_is_canonical_json(request_: dict[str, object]) -> None:
    content = a_content(a_case(request_))
    assert canonical_json(json.loads(content)) == content


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_not_journaled(number: float) -> None:
    case = a_case(a_request())
    (first, *others) = case.profilering.risks
    wrong = replace(first, contributions=(*first.contributions[1:], number))
    spoilt = replace(case, profilering=replace(case.profilering, risks=(wrong, *others)))
    with pytest.raises(ValueError, match="no number"):
        a_content(spoilt)


def a_content(case: Case) -> bytes:
    approved = an_approved()
    answers = answers_of(case, approved, follows=True)
    return content_of(
        case, answers, approved, caller=KARI, stanset=False, code_digest="sha256:x", duration_ms=0.125
    )


def test_of_many_at_once_each_gets_its_own(path: Path) -> None:
    bad = [b"{", body_of(a_request(erstatter=UNKNOWN)), body_of(a_request(person=None))]
    good = [body_of(a_request(periodeId=str(UUID(int=number)))) for number in range(1, 21)]
    bodies = [*good[:10], *bad, *good[10:]]
    with a_desk(path) as (desk, _):
        results = everybody(desk, [Asked(body, LOCAL) for body in bodies])
    kinds = [type(result) for result in results[10:13]]
    assert kinds == [BodyError, RefusedError, RefusedError]
    answers = [json.loads(result.body) for result in results if isinstance(result, Answer)]
    assert [answer["periodeId"] for answer in answers] == [str(UUID(int=number)) for number in range(1, 21)]
    assert sorted(answer["journal"]["nummer"] for answer in answers) == list(range(1, 21))


def test_many_in_one_go_are_each_as_if_alone(path: Path) -> None:
    ola, kari = Caller("ola"), Caller("kari")
    body, other = body_of(a_request()), body_of(a_request(enhet="1234"))
    asked = [Asked(body, ola), Asked(body, kari, "a"), Asked(body, ola), Asked(other, kari, "a")]
    with a_desk(path) as (_, parts):
        first, hers, again, reused = answer_each(asked, parts, parts.traces.step)
    assert isinstance(first, Answer) and isinstance(hers, Answer) and isinstance(again, Answer)
    assert (first.stored, hers.stored, again.stored) == (False, False, True)
    assert first.body == again.body != hers.body
    assert isinstance(reused, KeyReusedError)
    assert rows(path, "SELECT count(*) FROM innfoersel") == [(2,)]


def test_a_request_that_came_before_is_answered_without_a_model(path: Path) -> None:
    asked = Asked(body_of(a_request()), LOCAL, "en")
    with a_desk(path) as (desk, parts):
        (before,) = everybody(desk, [asked])
        for standing in (Standing(broken()), Standing(NO_MODEL)):
            (again,) = answer_each([asked], replace(parts, standing=standing), parts.traces.step)
            assert isinstance(before, Answer) and isinstance(again, Answer)
            assert (again.body, again.stored) == (before.body, True)


def test_without_a_model_each_still_hears_what_is_wrong_with_their_own(path: Path) -> None:
    asked = [Asked(body_of(a_request(erstatter=UNKNOWN)), LOCAL), Asked(body_of(a_request()), LOCAL)]
    with a_desk(path) as (_, parts):
        results = answer_each(asked, replace(parts, standing=Standing(NO_MODEL)), parts.traces.step)
    assert [one.problem.status for one in results if isinstance(one, RefusedError)] == [422, 503]


def test_one_predecessor_that_was_erased_costs_the_others_no_transaction_of_their_own(path: Path) -> None:
    with a_desk(path) as (_, parts):
        (before,) = answer_each([Asked(body_of(a_request()), LOCAL)], parts, parts.traces.step)
        assert isinstance(before, Answer)
        with connected(path) as console:
            console.execute("INSERT INTO sletting (nummer, ved) VALUES (1, 1)")
            console.execute("DELETE FROM innhold")
        bodies = [a_request(erstatter=str(before.id)), *(a_request(enhet=f"{n:04}") for n in range(3))]
        steps: list[str] = []

        def step(name: str) -> AbstractContextManager[None]:
            steps.append(name)
            return nullcontext()

        erased, *answers = answer_each([Asked(body_of(body), LOCAL) for body in bodies], parts, step)
    assert isinstance(erased, ErasedError)
    assert [type(answer) for answer in answers] == [Answer] * 3
    assert steps == ["assess", "append"]


def test_a_stored_answer_that_cannot_be_read_is_one_callers_affair(path: Path) -> None:
    """The others were journaled in the same transaction: theirs are new, and told as new."""
    with a_desk(path) as (_, parts):
        answer_each([Asked(body_of(a_request()), LOCAL)], parts, parts.traces.step)
        with connected(path) as console:
            for trigger in console.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                console.execute(f"DROP TRIGGER {trigger[0]}")
            console.execute("UPDATE innhold SET bytes = CAST('no JSON' AS BLOB)")
        asked = [Asked(body_of(a_request(enhet=enhet)), LOCAL) for enhet in ("0001", "0002")]
        one, spoilt, other = answer_each(
            [asked[0], Asked(body_of(a_request()), LOCAL), asked[1]], parts, parts.traces.step
        )
    assert isinstance(spoilt, Exception)
    assert isinstance(one, Answer) and isinstance(other, Answer)
    assert not one.stored and not other.stored


def test_what_was_erased_is_told_to_the_one_who_asks_for_it(path: Path) -> None:
    gone, other = Asked(body_of(a_request()), LOCAL, "en"), Asked(body_of(a_request(enhet="1234")), LOCAL)
    with a_desk(path) as (_, parts):
        answer_each([gone], parts, parts.traces.step)
        with connected(path) as console:
            console.execute("INSERT INTO sletting (nummer, ved) VALUES (1, 1)")
            console.execute("DELETE FROM innhold")
        erased, answer = answer_each([gone, other], parts, parts.traces.step)
    assert isinstance(erased, ErasedError) and isinstance(answer, Answer)


def test_who_waits_hears_in_time_and_what_was_not_begun_is_never_done(path: Path) -> None:
    with a_desk(path, timeout_seconds=0.4) as (desk, _):
        with connected(path) as console:
            console.execute("BEGIN IMMEDIATE")
            number = 6
            asked = [Asked(body_of(a_request(enhet=f"{n:04}")), LOCAL) for n in range(number)]
            results = everybody(desk, asked)
            assert [type(result) for result in results] == [JournalUnavailableError] * number
            time.sleep(0.5)  # until the database has given up on those that were begun
        (later,) = everybody(desk, [Asked(body_of(a_request()), LOCAL)])
    assert isinstance(later, Answer)
    assert rows(path, "SELECT count(*) FROM innfoersel") == [(1,)]
