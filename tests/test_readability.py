"""What the tests of texts look for is what they find."""

import pytest

from tests.readability import BANNED, PROMISE, faults, lix


@pytest.mark.parametrize(
    ("spraak", "sentence"),
    [
        ("nb", "Høy risiko."),
        ("nb", "Negativt utslag."),
        ("nb", "Brukeren er 40 år."),
        ("nb", "Resultatet er klart."),
        ("nb", "Algoritmen bestemte."),
        ("nn", "Brukaren er 40 år."),
        ("nn", "Det er sannsynleg."),
        ("en", "The user is 40 years old."),
        ("en", "A high score."),
        ("en", "This is likely."),
    ],
)
def test_a_banned_word_would_be_found(spraak: str, sentence: str) -> None:
    assert BANNED[spraak].search(sentence)


@pytest.mark.parametrize(
    ("spraak", "sentence"),
    [
        ("nb", "Personen vil få et kurs."),
        ("nb", "Hun har krav på AAP."),
        ("nb", "Du kan få tiltak."),
        ("nb", "Det er best å avvente."),
        ("nn", "Personen skal få eit kurs."),
        ("nn", "Det er best å vente."),
        ("en", "The person will receive training."),
        ("en", "She is entitled to AAP."),
        ("en", "It is best to wait."),
    ],
)
def test_a_promise_would_be_found(spraak: str, sentence: str) -> None:
    assert PROMISE[spraak].search(sentence)


@pytest.mark.parametrize(
    ("spraak", "text", "found"),
    [
        ("nb", "Har hatt 1 jobber.", "number"),
        ("en", "Has had 1 jobs.", "number"),
        ("nn", "Har hatt jobb i 0 av dei siste 12 månadene.", "number"),
        ("nn", "Har ikke jobb.", "other language"),
        ("en", "Har hatt jobb.", "other language"),
        ("nb", "Har hatt {n} jobber.", "hole"),
        ("nb", "Er None år.", "hole"),
        ("nb", "Jeg har en jobb og " + "en bil og " * 6 + "et hus.", "words"),
        ("en", "Registered unemployed persons experience difficulties.", "LIX"),
    ],
)
def test_a_fault_would_be_named(spraak: str, text: str, found: str) -> None:
    assert any(found in fault for fault in faults(text, spraak))


def test_lix_is_counted_as_its_source_counts() -> None:
    assert lix("Hun har jobb. Hun liker den.") == 3
    assert lix("Arbeidssøkeren registrerer.") == 2 + 100
    assert lix("– Har fagbrev (noe).\n– Er 40 år (lite).") == pytest.approx(3.5 + 100 / 7)
    assert lix("Nav-loven § 14 a sier det.") == 5 + 100 * 1 / 5
