"""A stored profilering read back: the same values, to be told anew."""

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from profilering.assess import assess
from serving.identity.caller import Caller
from serving.journal import EntryKind, StoredEntry
from serving.replaying.given import UnreadableError
from serving.stored import stored_case
from tests.builders import a_request, an_approved, body_of, profile, some_parts, understood, with_answers
from tests.journals import opened

APPROVED = an_approved()
CALLER = Caller("lokal", None)


def an_entry(path: Path, request: dict[str, object]) -> StoredEntry:
    with opened(path) as journal:
        answer = profile(body_of(request), None, CALLER, some_parts(journal, APPROVED))
        entry = journal.find(answer.id, EntryKind.PROFILERING)
    assert entry is not None
    return entry


@pytest.mark.parametrize(
    "request_", [a_request(), with_answers(helse=None), a_request(oenskerArbeidsevnevurdering=True)]
)
def test_a_stored_profilering_is_told_as_it_was_told_the_first_time(
    tmp_path: Path, request_: dict[str, object]
) -> None:
    case = stored_case(an_entry(tmp_path / "journal.db", request_))
    basis = APPROVED.basis
    assert case.told(basis.policy, basis.tekster) == assess(understood(request_), basis, stanset=False)


def test_what_is_no_profilering_is_refused_without_a_word_of_it(tmp_path: Path) -> None:
    entry = an_entry(tmp_path / "journal.db", a_request())
    content = json.loads(entry.content)
    random = Random(3)  # noqa: S311 – a seed for examples, no secret
    for key in ("forespoersel", "opplysninger", "anslag", "forslag", "versjoner", "digester"):
        for wrong in (None, "hemmelig", ["hemmelig"], {"hemmelig": 1}, random.random()):
            damaged = replace(entry, content=json.dumps({**content, key: wrong}).encode())
            with pytest.raises(UnreadableError) as told:
                stored_case(damaged)
            assert "hemmelig" not in str(told.value) and told.value.__cause__ is None


def test_contributions_of_another_catalogue_are_not_read_as_of_this_one(tmp_path: Path) -> None:
    entry = an_entry(tmp_path / "journal.db", a_request())
    content = json.loads(entry.content)
    bidrag = content["anslag"][0]["bidrag"]
    bidrag[0], bidrag[1] = bidrag[1], bidrag[0]
    with pytest.raises(UnreadableError):
        stored_case(replace(entry, content=json.dumps(content).encode()))
