"""Who vouches for a bundle: one signature over its manifest, and a reviewed file that says whose counts."""

import base64
import json
import stat
import tomllib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from hypothesis import given
from hypothesis import strategies as st
from typer import Typer
from typer.testing import CliRunner

from models.bundle import MANIFEST, SIGNATURE
from models.signature import (
    DOMAIN,
    Signer,
    Signing,
    new_key,
    read_signers,
    sign_bundle,
    signature_of,
    verify_signature,
)
from profilering.errors import CallerError, SetupError
from tests.candidates import trust
from training.commands import release

KARI, PER = "Kari Signerer", "Per Signerer"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    new_key(tmp_path / "kari.pem")
    return tmp_path / "kari.pem"


@pytest.fixture
def bundle(tmp_path: Path, key: Path) -> Path:
    """A signed folder; a signature asks for no more of a bundle than its manifest."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / MANIFEST).write_bytes(b'{"files":{}}')
    sign_bundle(folder, key, KARI)
    return folder


def stated(bundle: Path) -> dict[str, str]:
    signature: dict[str, str] = json.loads((bundle / SIGNATURE).read_bytes())
    return signature


def restate(bundle: Path, **changes: object) -> None:
    (bundle / SIGNATURE).write_text(json.dumps({**stated(bundle), **changes}), "utf-8")


def trusted(bundle: Path, name: str = KARI) -> dict[str, str]:
    return {stated(bundle)["public_key"]: name}


def test_a_signed_bundle_says_who_signed_it(bundle: Path) -> None:
    assert verify_signature(bundle, trusted(bundle)) == Signer(KARI, stated(bundle)["public_key"])
    assert set(stated(bundle)) == {"algorithm", "signer", "public_key", "signature"}
    assert stated(bundle)["algorithm"] == "Ed25519"


def test_signing_again_gives_the_same_bytes(bundle: Path, key: Path) -> None:
    before = (bundle / SIGNATURE).read_bytes()
    sign_bundle(bundle, key, KARI)
    assert (bundle / SIGNATURE).read_bytes() == before


def test_a_bundle_that_nobody_signed_is_refused(bundle: Path) -> None:
    known = trusted(bundle)
    (bundle / SIGNATURE).unlink()
    with pytest.raises(SetupError, match="is not signed"):
        verify_signature(bundle, known)


def test_a_key_that_nobody_trusts_is_refused(bundle: Path, tmp_path: Path) -> None:
    other = new_key(tmp_path / "other.pem")
    for known in ({}, {other: KARI}):
        with pytest.raises(SetupError, match="not trusted"):
            verify_signature(bundle, known)


def test_a_key_in_somebody_elses_name_is_refused(bundle: Path) -> None:
    with pytest.raises(SetupError, match=f"signed by {KARI}, but its key is {PER}'s"):
        verify_signature(bundle, trusted(bundle, PER))


@pytest.mark.parametrize("byte", [0, 5, -1])
def test_one_changed_byte_of_the_manifest_is_found(byte: int, bundle: Path) -> None:
    content = bytearray((bundle / MANIFEST).read_bytes())
    content[byte] ^= 1
    (bundle / MANIFEST).write_bytes(content)
    with pytest.raises(SetupError, match="does not fit"):
        verify_signature(bundle, trusted(bundle))


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff", b'"x"', b"{}", b'{"algorithm":"Ed25519"}'],
)
def test_a_damaged_signature_is_refused(content: bytes, bundle: Path) -> None:
    known = trusted(bundle)
    (bundle / SIGNATURE).write_bytes(content)
    with pytest.raises(SetupError, match="is damaged"):
        verify_signature(bundle, known)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"signature": "AAAA"}, "does not fit"),
        ({"signature": base64.b64encode(bytes(64)).decode()}, "does not fit"),
        ({"signature": "no base64!"}, "does not fit"),
        ({"signature": 3}, "is damaged"),
        ({"more": "x"}, "is damaged"),
        ({"algorithm": "none"}, "not made with Ed25519"),
        ({"algorithm": "ed25519"}, "not made with Ed25519"),
    ],
)
def test_a_signature_with_another_field_is_refused(
    changes: dict[str, object], says: str, bundle: Path
) -> None:
    known = trusted(bundle)
    restate(bundle, **changes)
    with pytest.raises(SetupError, match=says):
        verify_signature(bundle, known)


def test_a_signature_made_for_something_else_with_the_same_key_does_not_fit(bundle: Path, key: Path) -> None:
    """Without the domain before it, any file somebody is made to sign could pass for a bundle."""
    private = load_pem_private_key(key.read_bytes(), password=None)
    manifest = (bundle / MANIFEST).read_bytes()
    for message, fits in ((manifest, False), (DOMAIN + manifest, True)):
        signature = private.sign(message)  # type: ignore[union-attr,call-arg]
        restate(bundle, signature=base64.b64encode(signature).decode())
        if fits:
            assert verify_signature(bundle, trusted(bundle)).name == KARI
        else:
            with pytest.raises(SetupError, match="does not fit"):
                verify_signature(bundle, trusted(bundle))


@given(manifest=st.binary(max_size=200), other=st.binary(max_size=200))
def test_a_signature_fits_its_own_manifest_and_no_other(
    manifest: bytes, other: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("signed")
    public = new_key(folder / "key.pem")
    (folder / SIGNATURE).write_bytes(signature_of(manifest, Signing(folder / "key.pem", KARI)))
    (folder / MANIFEST).write_bytes(other)
    if manifest == other:
        verify_signature(folder, {public: KARI})
    else:
        with pytest.raises(SetupError, match="does not fit"):
            verify_signature(folder, {public: KARI})


def test_a_key_is_its_owners_alone_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    new_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")
    before = path.read_bytes()
    with pytest.raises(CallerError, match="no key is written over"):
        new_key(path)
    assert path.read_bytes() == before
    with pytest.raises(CallerError, match="cannot be made"):
        new_key(tmp_path / "nowhere" / "key.pem")


def test_what_is_no_key_of_ours_signs_nothing(tmp_path: Path) -> None:
    other = Ed448PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for content in (b"", b"no key", other):
        (tmp_path / "key.pem").write_bytes(content)
        with pytest.raises(SetupError, match="holds no Ed25519 key"):
            signature_of(b"{}", Signing(tmp_path / "key.pem", KARI))
    with pytest.raises(SetupError, match="cannot be read"):
        signature_of(b"{}", Signing(tmp_path / "nothing.pem", KARI))


def test_the_project_trusts_nobody_yet() -> None:
    assert read_signers() == {}


def test_somebody_may_have_one_key_after_the_other(tmp_path: Path) -> None:
    keys = [new_key(tmp_path / f"{n}.pem") for n in range(2)]
    for number, key in enumerate(keys):
        trust(tmp_path / f"{number}.toml", key, KARI)
    both = "".join((tmp_path / f"{number}.toml").read_text("utf-8") for number in range(2))
    (tmp_path / "signers.toml").write_text(both, "utf-8")
    assert read_signers(tmp_path / "signers.toml") == dict.fromkeys(keys, KARI)


ONE = '[[signer]]\nname = "Kari"\npublic_key = "' + 43 * "A" + '="\nsince = 2026-11-22\n'
FAULTS = {
    "no TOML": ("[[signer", "cannot be read"),
    "another table": (ONE + "[[trusted]]\n", "something else"),
    "one table for a list": (ONE.replace("[[signer]]", "[signer]"), "something else"),
    "no name": (ONE.replace('name = "Kari"\n', ""), "number 1 needs name"),
    "an empty name": (ONE.replace("Kari", " "), "number 1 needs name"),
    "a key too many": (ONE + 'role = "all"\n', "nothing else"),
    "a short key": (ONE.replace("AAAA", "", 1), "32 bytes"),
    "no base64": (ONE.replace("AAAA", "A!AA", 1), "32 bytes"),
    "since in words": (ONE.replace("2026-11-22", '"i fjor"'), "since"),
    "the same key twice": (ONE + ONE.replace("Kari", "Per"), "number 2 repeats a key"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_spoilt_file_of_signers_trusts_nobody(fault: str, tmp_path: Path) -> None:
    text, says = FAULTS[fault]
    (tmp_path / "signers.toml").write_text(text, "utf-8")
    with pytest.raises(SetupError, match=says) as refused:
        read_signers(tmp_path / "signers.toml")
    assert "signers.toml" in str(refused.value)


def test_a_missing_file_of_signers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"signers\.toml cannot be read"):
        read_signers(tmp_path / "signers.toml")


def test_the_command_prints_the_lines_a_reviewer_adds(tmp_path: Path) -> None:
    app = Typer()
    app.command()(release.key)
    ended = CliRunner().invoke(app, [str(tmp_path / "key.pem"), "--name", 'Kari "K" Æ\\ø'])
    assert ended.exit_code == 0, ended.output
    (tmp_path / "signers.toml").write_text(ended.stdout, "utf-8")
    (entry,) = tomllib.loads(ended.stdout)["signer"]
    assert entry["name"] == 'Kari "K" Æ\\ø'
    assert read_signers(tmp_path / "signers.toml") == {entry["public_key"]: entry["name"]}
    assert "PRIVATE" not in ended.output
