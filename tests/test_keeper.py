"""What is done each second: one task that fails stops no other, and is told once."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from profilering.errors import SetupError
from serving.upkeep.keeper import Keeper, keeping
from tests.api_fixtures import SECRET


def failing(error: Exception) -> Callable[[], None]:
    def task() -> None:
        raise error

    return task


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, dict[str, Any]]]:
    return [(record.getMessage(), getattr(record, "fields")) for record in caplog.records]  # noqa: B009


def test_a_task_that_fails_stops_no_other() -> None:
    done: list[int] = []
    keeper = Keeper(
        {"first": failing(RuntimeError()), "second": lambda: done.append(1), "third": failing(OSError())}
    )
    keeper.tick()
    keeper.tick()
    assert done == [1, 1]


def test_a_failure_is_told_when_it_begins_and_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    error: list[Exception] = [SetupError("the folder is gone; bring it back")]

    def task() -> None:
        if error:
            raise error[0]

    keeper = Keeper({"write": task})
    with caplog.at_level(logging.INFO, "serving"):
        for _ in range(5):
            keeper.tick()
        error.clear()
        keeper.tick()
        keeper.tick()
    (failed, fields), (recovered, after) = told(caplog)
    assert (failed, recovered, after) == ("task_failed", "task_recovered", {"task": "write"})
    assert (fields["task"], fields["error"]) == ("write", "SetupError")
    assert fields["reason"] == "the folder is gone; bring it back"
    assert any(place.startswith("test_keeper.py:") for place in fields["where"])


def test_the_words_of_an_error_that_is_not_ours_are_not_told(caplog: pytest.LogCaptureFixture) -> None:
    keeper = Keeper({"write": failing(RuntimeError(SECRET))})
    with caplog.at_level(logging.INFO, "serving"):
        keeper.tick()
    assert SECRET not in str(told(caplog))


def test_a_service_has_done_everything_once_before_it_listens() -> None:
    done: list[int] = []
    with keeping({"first": failing(RuntimeError()), "second": lambda: done.append(1)}):
        assert done == [1]
