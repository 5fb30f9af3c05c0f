"""What is appended is found as it was, in one line, and the same request makes one entry."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta, timezone
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.canonical import canonical_json
from serving.journal import (
    AlreadyAppended,
    EntryKind,
    IdempotencyKey,
    Journal,
    KeyReusedError,
    NewEntry,
    Receipt,
)
from serving.journal.chain import Link, commitment_to, digest_of, instant_text
from tests.journals import CASE, CREATED, SALT, an_entry, appended, intact, opened, rows


@pytest.fixture
def journal(place: str) -> Iterator[Journal]:
    with opened(place) as journal:
        yield journal


def test_an_empty_journal_has_no_head(journal: Journal) -> None:
    assert journal.head() is None


def test_the_journal_that_tests_lay_out_is_the_one_the_service_makes(tmp_path: Path) -> None:
    made, laid = tmp_path / "made.db", tmp_path / "laid.db"
    Journal.open(made, timeout_seconds=5).close()
    with opened(laid):
        pass
    assert laid.read_bytes() == made.read_bytes()
    assert laid.stat().st_mode == made.stat().st_mode
    assert sorted(tmp_path.iterdir()) == [laid, made]


def test_what_is_appended_is_found_byte_for_byte(journal: Journal) -> None:
    content = "æøå\x00\n ".encode() + bytes(range(256))
    receipt = appended(journal, an_entry(content=content))
    stored = journal.find(CASE, EntryKind.PROFILERING)
    assert stored is not None
    assert stored.receipt == receipt == journal.head()
    assert (stored.kind, stored.case_id, stored.created) == (EntryKind.PROFILERING, CASE, CREATED)
    assert stored.content == content


def test_another_case_or_kind_is_not_found(journal: Journal) -> None:
    appended(journal, an_entry())
    assert journal.find(uuid4(), EntryKind.PROFILERING) is None
    assert journal.find(CASE, EntryKind.VURDERING) is None


def test_of_several_entries_about_a_case_the_latest_is_found(journal: Journal) -> None:
    for content in (b"first", b"second"):
        appended(journal, an_entry(content=content))
    stored = journal.find(CASE, EntryKind.PROFILERING)
    assert stored is not None
    assert stored.content == b"second"


def test_a_journal_opened_again_goes_on_where_it_was(place: str) -> None:
    with opened(place) as journal:
        first = appended(journal, an_entry())
    with opened(place) as journal:
        assert journal.head() == first
        assert appended(journal, an_entry()).number == first.number + 1
    assert rows(place, "SELECT forrige FROM innfoersel WHERE nummer = 2") == [(first.digest,)]


def test_an_auditor_gets_the_digest_from_the_description_alone(journal: Journal) -> None:
    def sha(*fields: bytes) -> bytes:
        framed = b"".join(len(field).to_bytes(8, "big") + field for field in fields)
        return b"sha256:" + sha256(framed).hexdigest().encode()

    commitment = sha(b"profilering/journal/1/innhold", SALT, b'{"svar":1}')
    digest = sha(
        b"profilering/journal/1/innfoersel",
        b"1",
        b"profilering",
        b"0b2f1a34-1111-4222-8333-444455556666",
        b"2026-05-12T08:14:01.000250Z",
        b"sha256:" + b"0" * 64,
        commitment,
    )
    assert appended(journal, an_entry()).digest.encode() == digest


@settings(max_examples=20, deadline=None)
@given(st.lists(st.binary(max_size=50), min_size=1, max_size=8), st.binary(min_size=32, max_size=32))
def test_every_entry_follows_the_one_before_and_the_verifier_agrees(
    contents: list[bytes], salt: bytes
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        with opened(path) as journal:
            receipts = [journal.append(an_entry(content=content), salt=salt) for content in contents]
            assert journal.head() == receipts[-1]
        assert rows(path, "SELECT nummer, digest FROM innfoersel ORDER BY nummer") == [
            (receipt.number, receipt.digest) for receipt in receipts if isinstance(receipt, Receipt)
        ]
        assert intact(path) == len(contents)


LINK = Link(1, "profilering", str(CASE), instant_text(CREATED), "sha256:a", "sha256:b")


@pytest.mark.parametrize(
    "other",
    [
        replace(LINK, number=11),
        replace(LINK, kind="vurdering"),
        replace(LINK, case_id=str(uuid4())),
        replace(LINK, created=instant_text(CREATED + timedelta(microseconds=1))),
        replace(LINK, previous="sha256:c"),
        replace(LINK, commitment="sha256:c"),
        replace(LINK, previous="sha256:as", commitment="ha256:b"),
    ],
)
def test_every_field_counts_and_none_runs_into_the_next(other: Link) -> None:
    assert digest_of(other) != digest_of(LINK)


def test_a_commitment_hides_content_that_is_easily_guessed() -> None:
    assert commitment_to(b"JA", SALT) != commitment_to(b"JA", bytes(32))
    with pytest.raises(ValueError, match="32 bytes, not 3"):
        commitment_to(b"JA", b"abc")


def test_an_instant_is_written_one_way_whatever_its_zone() -> None:
    oslo = CREATED.astimezone(timezone(timedelta(hours=2)))
    assert instant_text(oslo) == instant_text(CREATED) == "2026-05-12T08:14:01.000250Z"
    with pytest.raises(ValueError, match="no time zone"):
        replace(an_entry(), created=CREATED.replace(tzinfo=None))


@given(st.dictionaries(st.text(), st.floats(allow_nan=False, allow_infinity=False)))
def test_canonical_json_keeps_floats_exact_and_ignores_the_order_of_fields(value: dict[str, float]) -> None:
    try:
        written = canonical_json(value)
    except UnicodeEncodeError:
        assert any("\ud800" <= character <= "\udfff" for name in value for character in name)
        return
    assert json.loads(written) == value
    assert canonical_json(dict(reversed(value.items()))) == written


def test_a_request_sent_again_gives_the_stored_entry(journal: Journal) -> None:
    receipt = appended(journal, an_entry(key="k"))
    again = journal.append(replace(an_entry(key="k"), case_id=uuid4()), salt=bytes(32))
    assert isinstance(again, AlreadyAppended)
    assert (again.entry.receipt, again.entry.case_id) == (receipt, CASE)
    assert journal.head() == receipt
    key = IdempotencyKey.of(caller="a", key="k", request=b'{"svar":1}')
    assert journal.find_by_keys([key]) == again.entry


def test_a_key_with_another_request_is_refused_and_nothing_added(journal: Journal) -> None:
    receipt = appended(journal, an_entry(key="k"))
    other = an_entry(key="k", content=b"another")
    with pytest.raises(KeyReusedError):
        journal.append(other, salt=SALT)
    with pytest.raises(KeyReusedError):
        journal.find_by_keys(other.keys)
    assert journal.head() == receipt


def test_a_key_belongs_to_its_caller(journal: Journal) -> None:
    appended(journal, an_entry(key="k"))
    key = IdempotencyKey.of(caller="b", key="k", request=b'{"svar":1}')
    assert journal.find_by_keys([key]) is None
    assert appended(journal, replace(an_entry(), keys=(key,))).number == 2
    assert IdempotencyKey.of(caller="ab", key="c", request=b"") != IdempotencyKey.of(
        caller="a", key="bc", request=b""
    )


def test_a_guess_at_the_request_cannot_be_confirmed_without_the_key(place: str, journal: Journal) -> None:
    appended(journal, an_entry(key="hemmelig", content=b"JA"))
    guess = IdempotencyKey.of(caller="a", key="gjettet", request=b"JA")
    stored = str(rows(place, "SELECT * FROM noekkel"))
    assert "hemmelig" not in stored
    assert guess.request not in stored


def test_a_key_that_is_new_is_remembered_for_the_entry_another_key_found(journal: Journal) -> None:
    first = an_entry(key="k")
    receipt = appended(journal, first)
    later = IdempotencyKey.of(caller="a", key="later", request=b"its own request")
    again = journal.append(replace(first, keys=(later, *first.keys)), salt=SALT)
    assert isinstance(again, AlreadyAppended)
    with pytest.raises(KeyReusedError):
        journal.find_by_keys([replace(later, request="another")])
    found = journal.find_by_keys([later])
    assert found is not None
    assert found.receipt == receipt


def test_many_entries_at_once_stand_in_their_order(journal: Journal) -> None:
    appended(journal, an_entry())
    some = [an_entry(content=str(number).encode()) for number in range(150)]  # more than one statement adds
    receipts = journal.append_all([*some, some[0]], salts=[SALT] * 151)
    assert [receipt.number for receipt in receipts if isinstance(receipt, Receipt)] == list(range(2, 153))
    assert journal.head() == receipts[-1]


def test_of_the_same_key_twice_in_one_transaction_the_second_gets_the_first(journal: Journal) -> None:
    first, second = journal.append_all([an_entry(key="k"), an_entry(key="k")], salts=[SALT, SALT])
    assert isinstance(first, Receipt)
    assert isinstance(second, AlreadyAppended)
    assert second.entry.receipt == first


def test_one_caller_with_a_reused_key_does_not_spoil_the_others_transaction(journal: Journal) -> None:
    appended(journal, an_entry(key="k"))
    entries = [an_entry(key="k", content=b"another"), *(an_entry(key=f"k{n}") for n in range(20))]

    def append(entry: NewEntry) -> Receipt | AlreadyAppended | KeyReusedError:
        try:
            return journal.append(entry, salt=SALT)
        except KeyReusedError as error:
            return error

    with ThreadPoolExecutor(len(entries)) as threads:
        refused, *others = threads.map(append, entries)
    assert isinstance(refused, KeyReusedError)
    assert {receipt.number for receipt in others if isinstance(receipt, Receipt)} == set(range(2, 22))


def test_what_is_about_the_service_is_found_by_its_kind_and_quickly(place: str, journal: Journal) -> None:
    assert journal.latest(EntryKind.STANS) is None
    for content in (b"first", b"second"):
        appended(journal, replace(an_entry(content=content), kind=EntryKind.STANS, case_id=uuid4()))
        appended(journal, an_entry())
    stored = journal.latest(EntryKind.STANS)
    assert stored is not None
    assert stored.content == b"second"


def test_fifty_equal_requests_at_once_make_one_entry(place: str, journal: Journal) -> None:
    with opened(place) as other_worker, ThreadPoolExecutor(50) as threads:
        workers = [journal, other_worker] * 25
        results = list(threads.map(lambda worker: worker.append(an_entry(key="k"), salt=SALT), workers))
    made = [result for result in results if isinstance(result, Receipt)]
    repeated = [result for result in results if isinstance(result, AlreadyAppended)]
    assert (len(made), len(repeated)) == (1, 49)
    assert {result.entry.receipt for result in repeated} == set(made)
    assert rows(place, "SELECT count(*) FROM innfoersel") == [(1,)]
