"""Signed notes outside the database: whole or not at all, in time, and nothing of a clock that jumps."""

import json
import resource
import signal
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from models.canonical import canonical_json
from models.signature import SigningKey, new_key, read_signing_key
from profilering.errors import SetupError
from serving.journal import Journal, Receipt
from serving.journal.checkpoints import EVERY_ENTRIES, Checkpoints, write_checkpoint
from serving.journal.verify import verify_journal
from tests.builders import NOW
from tests.journals import SALT, an_entry, appended, opened

RECEIPT = Receipt(1000, "sha256:" + 64 * "a")


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    path = tmp_path_factory.mktemp("key") / "checkpoints.pem"
    new_key(path)
    return read_signing_key(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "sjekkpunkter"
    path.mkdir()
    return path


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with opened(tmp_path / "journal.db") as journal:
        yield journal


class Worker:
    """A worker whose time moves by hand, its clock apart from its timer."""

    def __init__(self, folder: Path, key: SigningKey, journal: Journal) -> None:
        self.seconds, self.clock = 0.0, NOW
        self.checkpoints = Checkpoints(
            folder, key, journal, clock=lambda: self.clock, timer=lambda: self.seconds
        )

    def after(self, seconds: float) -> "Worker":
        """Let time pass, then do what is due."""
        self.seconds += seconds
        self.checkpoints.write_if_due()
        return self


def numbers(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in folder.iterdir())


# What one holds


def test_a_checkpoint_holds_exactly_what_the_auditors_checker_reads(folder: Path, key: SigningKey) -> None:
    write_checkpoint(folder, RECEIPT, NOW, key)
    (path,) = folder.iterdir()
    assert path.name == "000000001000.json"
    content = json.loads(path.read_bytes())
    assert path.read_bytes() == canonical_json(content)
    assert set(content) == {"digest", "noekkel", "nummer", "signatur", "tidspunkt"}
    assert (content["nummer"], content["digest"]) == (1000, RECEIPT.digest)
    assert content["tidspunkt"] == "2026-05-12T08:14:01.250000Z"
    assert content["noekkel"] == key.public_key


def test_the_signature_is_over_number_digest_and_time_and_nothing_less(folder: Path, key: SigningKey) -> None:
    write_checkpoint(folder, RECEIPT, NOW, key)
    content = json.loads((folder / "000000001000.json").read_bytes())
    public = Ed25519PublicKey.from_public_bytes(b64decode(content["noekkel"]))
    signed = {name: content[name] for name in ("digest", "nummer", "tidspunkt")}
    domain, signature = b"profilering journal checkpoint 1\n", b64decode(content["signatur"])
    public.verify(signature, domain + canonical_json(signed))
    for changed in ({"nummer": 1001}, {"digest": "sha256:b"}, {"tidspunkt": "2026-05-12T08:14:02.250000Z"}):
        with pytest.raises(InvalidSignature):
            public.verify(signature, domain + canonical_json(signed | changed))


def test_the_auditors_checker_accepts_it_from_this_key_and_no_other(
    place: str, folder: Path, key: SigningKey, tmp_path: Path
) -> None:
    with opened(place) as journal:
        appended(journal, an_entry())
        Worker(folder, key, journal).after(0)
        appended(journal, an_entry(UUID(int=2)))
    good = verify_journal(place, checkpoints=folder, trusted_keys=[key.public_key])
    assert good.fault is None and good.covered is not None
    assert (good.entries, good.covered.number, good.uncovered) == (2, 1, 1)
    other = new_key(tmp_path / "other.pem")
    assert verify_journal(place, checkpoints=folder, trusted_keys=[other]).fault is not None


# How it is written


def test_of_one_number_the_first_checkpoint_stays(folder: Path, key: SigningKey) -> None:
    write_checkpoint(folder, RECEIPT, NOW, key)
    before = (folder / "000000001000.json").read_bytes()
    write_checkpoint(folder, RECEIPT, NOW + timedelta(seconds=1), key)
    assert (folder / "000000001000.json").read_bytes() == before
    assert numbers(folder) == [1000]


def test_of_writers_at_the_same_moment_one_wins_for_good(folder: Path, key: SigningKey) -> None:
    together = Barrier(3)

    def write(second: int) -> list[bytes]:
        seen = []
        for number in range(1, 21):
            together.wait()
            write_checkpoint(folder, replace(RECEIPT, number=number), NOW + timedelta(seconds=second), key)
            seen.append((folder / f"{number:012}.json").read_bytes())
        return seen

    with ThreadPoolExecutor(3) as threads:
        first, second, third = threads.map(write, range(3))
    assert first == second == third
    assert numbers(folder) == list(range(1, 21))


def test_a_checkpoint_of_another_entry_under_the_same_number_is_an_alarm(
    folder: Path, key: SigningKey
) -> None:
    write_checkpoint(folder, RECEIPT, NOW, key)
    with pytest.raises(SetupError, match="verify the journal"):
        write_checkpoint(folder, replace(RECEIPT, digest="sha256:" + 64 * "b"), NOW, key)


def test_a_disk_that_takes_no_more_leaves_no_half_checkpoint(folder: Path, key: SigningKey) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(SetupError, match="no checkpoint can be written"):
            write_checkpoint(folder, RECEIPT, NOW, key)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert list(folder.iterdir()) == []


# When it is due


def test_an_empty_journal_needs_none(folder: Path, key: SigningKey, journal: Journal) -> None:
    Worker(folder, key, journal).after(0).after(3600)
    assert numbers(folder) == []


def test_one_is_written_at_the_start_and_then_a_minute_apart(
    folder: Path, key: SigningKey, journal: Journal
) -> None:
    worker = Worker(folder, key, journal)
    for at, expected in [(0, [1]), (1, [1]), (59, [1, 3]), (59, [1, 3]), (1, [1, 3, 5])]:
        appended(journal, an_entry())
        worker.after(at)
        assert numbers(folder) == expected


def test_an_entry_that_is_covered_is_not_covered_again(
    folder: Path, key: SigningKey, journal: Journal
) -> None:
    appended(journal, an_entry())
    Worker(folder, key, journal).after(0).after(3600)
    assert numbers(folder) == [1]


def test_a_thousand_entries_do_not_wait_for_the_minute(
    folder: Path, key: SigningKey, journal: Journal
) -> None:
    appended(journal, an_entry())
    worker = Worker(folder, key, journal).after(0)
    many = [an_entry() for _ in range(EVERY_ENTRIES - 1)]
    journal.append_all(many, salts=[SALT] * len(many))
    worker.after(1)
    assert numbers(folder) == [1]
    appended(journal, an_entry())
    worker.after(1)
    assert numbers(folder) == [1, 1 + EVERY_ENTRIES]


@pytest.mark.parametrize("jump", [timedelta(days=-3650), timedelta(days=3650)])
def test_a_clock_that_jumps_makes_none_late_or_early(
    folder: Path, key: SigningKey, journal: Journal, jump: timedelta
) -> None:
    appended(journal, an_entry())
    worker = Worker(folder, key, journal).after(0)
    worker.clock += jump
    appended(journal, an_entry())
    worker.after(59)
    assert numbers(folder) == [1]
    worker.after(1)
    assert numbers(folder) == [1, 2]


def test_two_workers_share_a_folder(folder: Path, key: SigningKey, tmp_path: Path) -> None:
    with opened(tmp_path / "j.db") as one, opened(tmp_path / "j.db") as other:
        appended(one, an_entry())
        first = Worker(folder, key, one).after(0)
        Worker(folder, key, other).after(0)
        appended(other, an_entry(UUID(int=2)))
        first.after(60)
    assert numbers(folder) == [1, 2]


# When it cannot be written


def test_a_folder_that_is_gone_is_tried_again_and_told_of_after_five_minutes(
    tmp_path: Path, key: SigningKey, journal: Journal
) -> None:
    missing = tmp_path / "borte"
    appended(journal, an_entry())
    worker = Worker(missing, key, journal)
    for _ in range(301):
        with pytest.raises(SetupError, match="no checkpoint can be written in"):
            worker.after(1)
    assert worker.checkpoints.notice() is None
    with pytest.raises(SetupError):
        worker.after(1)
    assert worker.checkpoints.notice() == "det er ikke skrevet sjekkpunkt på 5 minutter"
    missing.mkdir()
    worker.after(1)
    assert numbers(missing) == [1]
    assert worker.checkpoints.notice() is None


def test_quiet_hours_are_nothing_to_tell_of(folder: Path, key: SigningKey, journal: Journal) -> None:
    appended(journal, an_entry())
    assert Worker(folder, key, journal).after(0).after(36_000).checkpoints.notice() is None
