"""The proof on a case's page: what the entry follows, and the checkpoint that covers it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from models.signature import SigningKey, new_key, read_signing_key
from serving.journal.checkpoints import write_checkpoint
from serving.journal.etterproev import START
from serving.revisjon.bevis import NONE_HERE, NOT_READ, NOT_YET, Sjekkpunkter
from tests.builders import NOW
from tests.deciding import a_desk
from tests.test_checkpoints import RECEIPT
from tests.test_revisjon import seen, words


@pytest.fixture
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return a_key(tmp_path_factory.mktemp("key"))


def a_key(folder: Path) -> SigningKey:
    new_key(folder / "key.pem")
    return read_signing_key(folder / "key.pem")


def covered(folder: Path, key: SigningKey, *numbers: int) -> None:
    """Checkpoints of these entries, a minute apart for each number."""
    for number in numbers:
        write_checkpoint(folder, replace(RECEIPT, number=number), NOW + timedelta(minutes=number), key)


def test_the_first_checkpoint_that_covers_an_entry_is_named(tmp_path: Path, key: SigningKey) -> None:
    covered(tmp_path, key, 3, 10, 20)
    sjekkpunkter = Sjekkpunkter(tmp_path, [key.public_key])
    for number, first in ((1, 3), (3, 3), (4, 10), (20, 20)):
        assert sjekkpunkter.covering(number).startswith(f"Nr. {first} fra ")
    assert sjekkpunkter.covering(10) == "Nr. 10 fra 12.05.2026 kl. 10.24.01, signaturen holder"
    assert sjekkpunkter.covering(21) == NOT_YET
    covered(tmp_path, key, 30)
    assert sjekkpunkter.covering(21).startswith("Nr. 30 fra ")


def test_a_checkpoint_of_a_strangers_key_covers_nothing(tmp_path: Path, key: SigningKey) -> None:
    (tmp_path / "other").mkdir()
    covered(tmp_path, a_key(tmp_path / "other"), 3)
    said = Sjekkpunkter(tmp_path, [key.public_key]).covering(2)
    assert said.startswith("Feil: sjekkpunktet 000000000003.json er signert med en ukjent nøkkel")


def test_a_folder_that_is_gone_or_never_was_is_said_to_be_so(tmp_path: Path) -> None:
    assert Sjekkpunkter(None, ()).covering(1) == NONE_HERE
    assert Sjekkpunkter(tmp_path / "borte", ()).covering(1) == NOT_READ


def test_the_page_names_the_entry_before(tmp_path: Path) -> None:
    with a_desk(tmp_path / "journal.db") as desk:
        cases = [desk.profiled(), desk.profiled()]
        first, second = (words(seen(desk, f"/revisjon/saker/{case}")) for case in cases)
        (own,) = {word for word in first.split("Digest")[1].split() if word.startswith("sha256:")} - {
            START.decode()
        }
    assert f"Følger etter {START.decode()}" in first
    assert f"Følger etter {own}" in second
