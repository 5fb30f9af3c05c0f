"""The proof of `make proof-api`, small; and shown to go red where the service breaks its contract."""

from pathlib import Path

from serving.app import create_app
from tests.api_fixtures import broken
from tests.builders import some_parts
from tests.journals import opened
from tests.proof.api import Asked, ask_app, ask_guarded

IN_CONTRACT = 9
"""Operations at least: the API and the platform's own."""


def test_the_contract_holds_for_what_nobody_thought_of(tmp_path: Path) -> None:
    asked = Asked()
    ask_guarded(tmp_path / "j.db", asked, drawn=7, boundaries=False)
    assert asked.holds(least=70), "\n\n".join([*asked.undeclared, *asked.failures])
    assert len(asked.operations) >= IN_CONTRACT
    assert {200, 201, 304, 400, 401, 404, 422} <= set(asked.statuses)


def test_a_defect_is_found_by_the_same_rig(tmp_path: Path) -> None:
    asked = Asked()
    with opened(tmp_path / "j.db") as journal:
        ask_app(create_app(some_parts(journal, broken())), asked, tokens={}, drawn=1, boundaries=False)
    assert any("not_a_server_error" in failure for failure in asked.failures)
    assert not asked.holds(least=1)


def test_a_status_the_contract_does_not_have_is_found_by_the_same_rig(tmp_path: Path) -> None:
    asked = Asked()
    with opened(tmp_path / "j.db") as journal:
        app = create_app(some_parts(journal))
        for status in ("201", "422"):
            del app.openapi()["paths"]["/api/v1/profileringer"]["post"]["responses"][status]
        ask_app(app, asked, tokens={}, drawn=1, boundaries=False)
    assert asked.undeclared
