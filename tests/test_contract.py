"""The contract on paper: what changes is seen in review, and what breaks a caller is red."""

from copy import deepcopy

import pytest

from tests.compatibility import breaking_changes
from tests.contract import TODAY, document_of_today, read, released, written
from tests.contract.changes import BREAKS, HARMLESS, Change, Document, put


def test_the_snapshot_is_todays_contract() -> None:
    same = TODAY.read_text("utf-8") == written(document_of_today())
    assert same, "the contract has changed: run `make contract` and look at what changed"


def test_todays_contract_breaks_nothing_that_was_released() -> None:
    document = document_of_today()
    assert released(document).exists(), "a new major version: `make contract` keeps its first snapshot"
    found = breaking_changes(read(released(document)), document)
    assert found == [], "this breaks callers: take it back, or raise SKJEMA_VERSJON"


def test_a_contract_breaks_nothing_of_its_own() -> None:
    assert breaking_changes(document_of_today(), document_of_today()) == []


def after(change: Change) -> Document:
    """Today's contract with one change."""
    document = deepcopy(document_of_today())
    change(document)
    return document


@pytest.mark.parametrize(("change", "told"), BREAKS.values(), ids=BREAKS)
def test_a_planted_break_is_told(change: Change, told: str) -> None:
    found = breaking_changes(document_of_today(), after(change))
    assert found
    assert [line for line in found if told not in line] == []


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_a_harmless_change_is_let_through(change: Change) -> None:
    changed = after(change)
    assert changed != document_of_today()
    assert breaking_changes(document_of_today(), changed) == []


def test_what_the_check_cannot_read_is_refused() -> None:
    changed = after(put("ProfileringForespoersel.person", allOf=[{"type": "object"}]))
    with pytest.raises(ValueError, match="allOf"):
        breaking_changes(document_of_today(), changed)


def test_a_new_major_version_is_held_against_its_own_first_snapshot() -> None:
    assert released(after(put("document info", version="2.0"))).name == "openapi-2.json"
