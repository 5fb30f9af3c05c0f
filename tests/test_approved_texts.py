"""What each persona is told, in each language, is what somebody has read and approved, to the letter.

Synthetic: the personas are invented and the model is made by hand.
"""

from pathlib import Path

import pytest

from tests.approved import FOLDER, approved_texts
from tests.readability import LANGUAGES

RENEW = (
    "the words have changed: run `python -m tests.approved` and read the whole difference before you keep it"
)


@pytest.fixture(scope="module")
def told() -> dict[Path, str]:
    return dict(approved_texts())


def test_every_persona_has_an_approved_text_in_every_language_and_nobody_else_has(
    told: dict[Path, str],
) -> None:
    assert set(FOLDER.glob("*.txt")) == set(told), RENEW
    assert len(told) >= 20 * len(LANGUAGES)


def test_every_text_is_the_approved_one_to_the_letter(told: dict[Path, str]) -> None:
    for path, text in told.items():
        assert path.read_text("utf-8") == text, f"{path.name}: {RENEW}"


@pytest.mark.parametrize("spraak", LANGUAGES)
def test_the_approved_texts_show_both_directions_and_every_kind_of_section(
    told: dict[Path, str], spraak: str
) -> None:
    texts = [text for path, text in told.items() if path.name.endswith(f".{spraak}.txt")]
    headings = {line for text in texts for line in text.splitlines() if line.isupper()}
    assert len(headings) >= 10
