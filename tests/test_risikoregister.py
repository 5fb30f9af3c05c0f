"""The register of risks: whole, honest about who approved it, and bound to tests that are there."""

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from models.risikoregister import RISIKOREGISTER, Risiko, read_risikoregister, risks_approved_by
from profilering.errors import SetupError

ROOT = Path(__file__).parents[1]
REQUIREMENTS = {f"REQ-{number:02}" for number in range(1, 81)}
"""The demands are numbered one to eighty."""


@cache
def functions_in(file: str) -> frozenset[str]:
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    nodes = ast.parse(path.read_text("utf-8")).body
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def missing_tests(risks: Iterable[Risiko]) -> list[str]:
    named = (test for risk in risks for test in risk.tester)
    return [test for test in named if test.partition("::")[2] not in functions_in(test.partition("::")[0])]


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_every_risk_names_tests_that_are_there() -> None:
    risks = read_risikoregister()
    assert all(risk.tester for risk in risks)
    assert missing_tests(risks) == []


def test_a_renamed_test_is_missed(tmp_path: Path) -> None:
    test = "test_a_higher_estimate_never_gives_less_help"
    text = RISIKOREGISTER.read_text("utf-8").replace(test, f"{test}_now")
    risks = read_risikoregister(written(tmp_path / "r.toml", text))
    assert missing_tests(risks) == [f"tests/test_policy.py::{test}_now"]


def test_every_risk_answers_a_demand_and_has_an_id_of_its_own() -> None:
    risks = read_risikoregister()
    assert {krav for risk in risks for krav in risk.krav} <= REQUIREMENTS
    assert len({risk.id for risk in risks}) == len(risks) >= 25


def test_nobody_has_approved_the_risks_and_the_file_says_so() -> None:
    assert risks_approved_by().startswith("ikke godkjent")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('id = "R-02"', 'id = "R-01"'),
        ('alvor = "svært alvorlig"', ""),
        ('krav = ["REQ-08", "REQ-15"]', "krav = []"),
        ('krav = ["REQ-08", "REQ-15"]', 'krav = "REQ-08"'),
        ('id = "R-01"', 'id = ""'),
        ('id = "R-01"', 'id = "R-01"\nfarge = "roed"'),
        ("[[risiko]]", "[risiko"),
        ("[[risiko]]", "[[annet]]"),
    ],
)
def test_a_register_that_is_not_whole_is_refused(tmp_path: Path, before: str, after: str) -> None:
    text = RISIKOREGISTER.read_text("utf-8")
    assert before in text
    text = text.replace(before, after) if before == "[[risiko]]" else text.replace(before, after, 1)
    with pytest.raises(SetupError, match=r"r\.toml"):
        read_risikoregister(written(tmp_path / "r.toml", text))


def test_a_register_that_is_not_there_or_says_no_approver_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError):
        read_risikoregister(tmp_path / "r.toml")
    with pytest.raises(SetupError, match="godkjent_av"):
        risks_approved_by(written(tmp_path / "r.toml", 'godkjent_av = ""'))
