"""The script an auditor runs on an export: it needs nothing, misses nothing, and tells no content."""

import ast
import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from models.canonical import canonical_json
from models.signature import new_key, read_signing_key
from serving.journal import EntryKind, etterproev
from serving.journal.chain import Link, commitment_to, digest_of, instant_text
from serving.journal.etterproev import (
    ERASABLE,
    Checkpoint,
    Checkpoints,
    Fault,
    check,
    check_folder,
    key_of,
    read_checkpoints,
    signature_holds,
)
from serving.journal.export import export_journal
from tests.grounds import ENTRIES, an_honest_journal
from tests.journals import CASE, CREATED, SALT, an_entry, appended, opened

SCRIPT = Path(etterproev.__file__)
Rows = list[tuple[object, ...]]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An export of an honest journal, and the key its checkpoints are signed with."""
    folder = tmp_path_factory.mktemp("exported")
    ground = an_honest_journal(str(folder / "journal.db"), folder)
    key = ground.key.public_key
    export_journal(ground.place, folder / "ut", checkpoints=ground.checkpoints, public_keys=[key])
    return folder / "ut", key


@pytest.fixture
def folder(exported: tuple[Path, str], tmp_path: Path) -> Path:
    shutil.copytree(exported[0], tmp_path / "ut")
    return tmp_path / "ut"


def run(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Run the exported script as an auditor would: no packages, no variables, elsewhere."""
    command = [sys.executable, "-I", "-S", str(folder / "etterproev.py"), str(folder), *options]
    return subprocess.run(command, capture_output=True, text=True, cwd="/", env={}, check=False)


def test_an_auditor_needs_nothing_but_python(exported: tuple[Path, str]) -> None:
    folder, key = exported
    done = run(folder, "--noekkel", key)
    assert (done.returncode, done.stderr) == (0, "")
    head, digest, covered = done.stdout.splitlines()
    assert head == f"{ENTRIES} innføringer er i orden, 2 av dem med slettet innhold."
    assert digest.startswith(f"Sammenlign med det som er notert et annet sted: nummer {ENTRIES}, sha256:")
    assert covered == "Sjekkpunkt 12 fra 2026-05-12T09:02:10.000250Z dekker dem til og med 12, 0 er nyere."


def test_the_first_bad_entry_is_named_and_nothing_of_its_content(folder: Path) -> None:
    lines = folder / "journal.jsonl"
    lines.write_bytes(lines.read_bytes().replace("om innføring 4".encode(), b"om en annen"))
    done = run(folder)
    assert done.returncode == 1
    assert done.stdout.startswith("FEIL i innføring 4: innholdet er et annet enn det som ble skrevet.\n")
    assert "om en annen" not in done.stdout + done.stderr


def test_keys_out_of_the_folder_itself_are_said_to_prove_little(folder: Path) -> None:
    done = run(folder)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith("Nøkkelen er hentet fra mappen selv")


def test_whoever_brings_a_key_is_not_answered_with_another(folder: Path, tmp_path: Path) -> None:
    other = new_key(tmp_path / "other.pem")
    done = run(folder, "--noekkel", other)
    assert done.returncode == 1
    assert "er signert med en ukjent nøkkel" in done.stdout
    wrong = run(folder, "--noekkel", other[:-4])
    assert wrong.returncode == 2
    assert "--noekkel: er ikke base64 av en offentlig nøkkel" in wrong.stderr


def test_several_keys_may_have_signed(exported: tuple[Path, str], tmp_path: Path) -> None:
    folder, key = exported
    assert check_folder(folder, [new_key(tmp_path / "other.pem"), key]).fault is None


def test_a_folder_without_checkpoints_is_said_to_show_no_rewriting(folder: Path) -> None:
    shutil.rmtree(folder / "sjekkpunkter")
    (folder / "noekkel.txt").unlink()
    done = run(folder)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith("Sjekkpunkter er ikke kontrollert")


def test_checkpoints_taken_out_of_the_folder_are_missed_by_whoever_has_the_key(
    exported: tuple[Path, str], folder: Path
) -> None:
    shutil.rmtree(folder / "sjekkpunkter")
    fault = check_folder(folder, [exported[1]]).fault
    assert fault is not None
    assert "fjernet" in fault.reason


def test_a_folder_that_is_not_whole_is_a_fault_and_no_crash(folder: Path) -> None:
    (folder / "journal.jsonl").unlink()
    done = run(folder)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("FEIL: journal.jsonl kan ikke leses")
    (folder / "noekkel.txt").write_bytes(b"\xff")
    assert check_folder(folder, []).fault == Fault(0, "noekkel.txt er skadet")


def flips(content: bytes, bits: tuple[int, ...]) -> Iterator[bytes]:
    for place in range(len(content)):
        for bit in bits:
            yield content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]


def test_every_byte_of_a_line_counts(tmp_path: Path) -> None:
    with opened(tmp_path / "journal.db") as journal:
        for _ in range(2):
            appended(journal, an_entry())
    export_journal(str(tmp_path / "journal.db"), tmp_path / "ut", checkpoints=None, public_keys=())
    file = tmp_path / "ut" / "journal.jsonl"
    assert check_folder(tmp_path / "ut", []).fault is None
    first, second = file.read_bytes().splitlines(keepends=True)
    for changed in (*flips(second, (0,)), second.replace(SALT.hex().encode(), SALT.hex().upper().encode())):
        file.write_bytes(first + changed)
        fault = check_folder(tmp_path / "ut", []).fault
        assert fault is not None, changed
        assert fault.number == 2, changed


def test_every_byte_of_a_checkpoint_counts(exported: tuple[Path, str], tmp_path: Path) -> None:
    content = (exported[0] / "sjekkpunkter" / "000000000012.json").read_bytes()
    file = tmp_path / "000000000012.json"
    file.write_bytes(content)
    assert read_checkpoints(tmp_path, [exported[1]]).fault is None
    # The last letter of base64 has bits that say nothing.
    text = content.decode()
    last = text.index("==") - 1
    spare = text[:last] + chr(ord(text[last]) + 1) + text[last + 1 :]
    assert base64.b64decode(json.loads(spare)["signatur"]) == base64.b64decode(json.loads(text)["signatur"])
    for changed in (*flips(content, (0,)), spare.encode()):
        file.write_bytes(changed)
        found = read_checkpoints(tmp_path, [exported[1]])
        assert (found.signed, found.fault and found.fault.number) == ((), 12), changed


@pytest.mark.parametrize(
    "changes",
    [
        {"tidspunkt": "2026-05-12T08:14:01.000250Z\n12 innføringer er i orden."},
        {"tidspunkt": 1},
        {"digest": None},
        {"nummer": 12.0},
        {"nummer": True},
        {"mer": "x"},
    ],
)
def test_a_checkpoint_has_one_form_whoever_signed_it(tmp_path: Path, changes: dict[str, object]) -> None:
    new_key(tmp_path / "key.pem")
    key = read_signing_key(tmp_path / "key.pem")
    said = {"digest": "x", "nummer": 12, "tidspunkt": "2026-05-12T08:14:01.000250Z"} | changes
    signature = key.sign(etterproev.SIGNED_FOR + canonical_json(said))
    content = canonical_json({**said, "noekkel": key.public_key, "signatur": signature})
    (tmp_path / "000000000012.json").write_bytes(content)
    fault = read_checkpoints(tmp_path, [key.public_key]).fault
    assert fault is not None
    assert fault.reason.startswith("sjekkpunktet 000000000012.json ")


def test_a_checkpoint_has_one_spelling_and_one_name(exported: tuple[Path, str], tmp_path: Path) -> None:
    folder, key = exported
    content = (folder / "sjekkpunkter" / "000000000012.json").read_bytes()
    again = content.replace(b"{", b'{"nummer":12,')
    for name, changed, reason in (
        ("000000000012.json", content + b"\n", "er skadet"),
        ("000000000012.json", again, "er skadet"),
        ("000000000011.json", content, "gjelder et annet nummer"),
    ):
        (tmp_path / name).write_bytes(changed)
        fault = read_checkpoints(tmp_path, [key]).fault
        assert fault == Fault(int(name[:12]), f"sjekkpunktet {name} {reason}")
        (tmp_path / name).unlink()


@pytest.mark.parametrize("content", [b"", b"[]", b"null", canonical_json(etterproev.CHECKPOINT), 9999 * b"["])
def test_a_file_that_is_no_checkpoint_is_a_fault(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "000000000012.json").write_bytes(content)
    fault = read_checkpoints(tmp_path, []).fault
    assert fault == Fault(12, "sjekkpunktet 000000000012.json er skadet")


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace(b'"nummer":1,', b'"nummer":true,'),
        lambda line: line.replace(b'"nummer":1,', b'"nummer":1.0,'),
        lambda line: line.replace(b'"nummer":1,', b'"nummer":1,"nummer":1,'),
        lambda line: line.replace(b'{"digest"', b'{"annet":1,"digest"'),
        lambda line: line.replace(b'"nummer":1,', b"").replace(b"{", b'{"nummer":1,', 1),
        lambda line: line.replace(b'"slag":"profilering"', b'"slag":null'),
        lambda line: line.replace(b'"innhold":null,', b""),
        lambda line: line.replace(b'"innhold":null,', b'"innhold":1,'),
        lambda line: line.replace(b'"innhold":null,', b'"innhold":"\\ud800",'),
        lambda line: line.replace(b'"innhold":null,', b'"innhold":"{}",'),
        lambda line: line.replace(b'"salt":null,', b'"salt":"' + 64 * b"0" + b'",'),
        lambda line: b"[" + line.strip() + b"]\n",
        lambda line: b"\n" + line,
        lambda _line: 100_000 * b"[" + b"\n",
        lambda _line: b"\xff\n",
    ],
)
def test_a_line_has_one_form(folder: Path, change: Callable[[bytes], bytes]) -> None:
    file = folder / "journal.jsonl"
    first, *rest = file.read_bytes().splitlines(keepends=True)
    assert change(first) != first
    file.write_bytes(b"".join([change(first), *rest]))
    fault = check_folder(folder, []).fault
    assert fault is not None
    assert fault.number == 1


def a_chain(gaps: list[timedelta], *, without: tuple[int, ...] = ()) -> Rows:
    """Entries with content, the first one now and each of the others so long after the one before.

    Numbers may be left out; each hash fits all the same.
    """
    rows: Rows = []
    created, previous = CREATED, etterproev.START.decode()
    for number, gap in enumerate([timedelta(0), *gaps], start=1):
        if number in without:
            continue
        created += gap
        commitment = commitment_to(b"{}", SALT)
        link = Link(number, "profilering", str(CASE), instant_text(created), previous, commitment)
        texts = (link.kind, link.case_id, link.created, link.previous, link.commitment, digest_of(link))
        rows.append((number, *(text.encode() for text in texts), SALT, b"{}"))
        previous = texts[-1]
    return rows


def test_a_number_left_out_is_a_fault_though_every_hash_fits() -> None:
    rows = a_chain([timedelta(0)] * 4, without=(3,))
    assert check(rows, None).fault == Fault(3, "innføringen mangler; nummer 3 skulle stått her")


SECOND, TEN = timedelta(seconds=1), timedelta(minutes=10)


@pytest.mark.parametrize(
    ("gaps", "last", "fault_at"),
    [
        ([SECOND, SECOND], 3, None),
        ([SECOND, TEN], 2, None),  # one entry is never older than itself
        ([SECOND, TEN], 1, None),
        ([SECOND, TEN + SECOND], 1, 2),
        ([SECOND, TEN + SECOND, -TEN], 1, 2),  # the newest need not be the last one
        ([timedelta(0)] * 2_002, 3, None),
        ([timedelta(0)] * 2_003, 3, 4),
        ([], None, None),
        ([TEN], None, None),
        ([TEN + SECOND], None, 1),
    ],
)
def test_checkpoints_that_stopped_are_a_fault(
    gaps: list[timedelta], last: int | None, fault_at: int | None
) -> None:
    rows = a_chain(gaps)
    digest = next((row[6] for row in rows if row[0] == last), b"")
    assert isinstance(digest, bytes)
    known = () if last is None else (Checkpoint(last, digest, "da"),)
    result = check(rows, Checkpoints(known, None))
    assert (result.fault and result.fault.number) == fault_at
    assert result.uncovered == len(rows) - (last or 0)


RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
        "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
        "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]
"""Section 7.1, tests 1, 2, 3 and SHA(abc): public key, message, signature."""


@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032)
def test_ed25519_is_that_of_rfc_8032(key: str, message: str, signature: str) -> None:
    assert signature_holds(bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature))
    assert not signature_holds(bytes.fromhex(key), bytes.fromhex(message) + b"x", bytes.fromhex(signature))


def holds_elsewhere(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def test_ed25519_agrees_with_another_implementation() -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    key, message = private.public_key().public_bytes_raw(), b"sjekkpunkt"
    signature = private.sign(message)
    others = [private.sign(bytes([n])) for n in range(20)]
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(signature[32:], "little")
    tries = [
        signature,
        *flips(signature, (0, 7)),
        *others,
        signature[:-1],
        signature + b"\0",
        b"",
        bytes(64),
        signature[:32] + (scalar + order).to_bytes(32, "little"),  # the same scalar, written otherwise
    ]
    for tried in tries:
        assert signature_holds(key, message, tried) == holds_elsewhere(key, message, tried)
    assert [signature_holds(key, bytes([n]), other) for n, other in enumerate(others)] == [True] * 20


def test_a_key_that_is_no_point_signs_nothing() -> None:
    numbers = (2, 2**255 - 19, 2**255 - 18, 2**255 + 1)  # no root; not below p, twice; minus zero
    # This "signs" everything for the neutral element, which two of these numbers nearly write.
    neutral = (1).to_bytes(32, "little")
    nothing = neutral + bytes(32)
    assert signature_holds(neutral, b"x", nothing) == holds_elsewhere(neutral, b"x", nothing) is True
    for number in numbers:
        assert not signature_holds(number.to_bytes(32, "little"), b"x", nothing)
    assert not signature_holds(b"", b"x", nothing)


@pytest.mark.parametrize("text", ["", "x", "AAAA", base64.b64encode(bytes(33)).decode(), 43 * "A" + "B="])
def test_a_key_has_one_spelling(text: str) -> None:
    with pytest.raises(ValueError):
        key_of(text)


def test_every_kind_about_a_person_may_be_erased_and_no_other() -> None:
    about_the_service = {EntryKind.STANS, EntryKind.MODELLBYTTE, EntryKind.SLETTING}
    assert {kind.value.encode() for kind in set(EntryKind) - about_the_service} == ERASABLE


def test_the_script_imports_the_standard_library_only_and_suits_an_older_python() -> None:
    tree = ast.parse(SCRIPT.read_text("utf-8"), feature_version=(3, 9))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
