"""Who vouches for a bundle: an Ed25519 signature over its manifest, kept beside it.

The manifest holds the digest of every other file, so one signature covers the whole bundle. It is
not listed there: the bundle's digest is the same with and without it. Whose signature counts
stands in a reviewed file (`signers.toml`), never in the bundle itself.
"""

import base64
import binascii
import json
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from models.bundle import MANIFEST, SIGNATURE
from models.canonical import canonical_json
from profilering.errors import CallerError, SetupError

SIGNERS = Path(__file__).parent / "signers.toml"
ALGORITHM = "Ed25519"
DOMAIN = b"profilering bundle manifest 1\n"
"""Stands before the signed bytes, so that a signature made for anything else never fits a bundle."""


@dataclass(frozen=True, slots=True)
class Signing:
    """With which key, and in whose name, a bundle is signed when it is published."""

    key: Path  # a file made by `new_key`
    signer: str


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key in use: it signs bytes and is never shown."""

    public_key: str  # base64 of 32 bytes
    sign: Callable[[bytes], str]  # gives base64 of 64 bytes


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose signature a bundle bears; the key is one that is trusted under this name."""

    name: str
    public_key: str  # base64 of 32 bytes


def new_key(path: Path) -> str:
    """Make a private key that only its owner may read, and give the public one in base64.

    Raises CallerError when the file exists or cannot be made; no key is ever written over.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(pem)
    except FileExistsError:
        raise CallerError(f"{path} exists and no key is written over; name another file") from None
    except OSError as problem:
        raise CallerError(f"{path} cannot be made: {problem.strerror}") from None
    return _public(key)


def read_signing_key(path: Path) -> SigningKey:
    """Take a key made by `new_key` into use. Raises SetupError when it cannot be."""
    key = _read_key(path)
    return SigningKey(_public(key), lambda content: _text(key.sign(content)))


def signature_of(manifest: bytes, signing: Signing) -> bytes:
    """Give the content of `signature.json` for a manifest. Raises SetupError when the key cannot be used."""
    key = read_signing_key(signing.key)
    return canonical_json(
        {
            "algorithm": ALGORITHM,
            "signer": signing.signer,
            "public_key": key.public_key,
            "signature": key.sign(DOMAIN + manifest),
        }
    )


def sign_bundle(folder: Path, key: Path, signer: str) -> None:
    """Sign a bundle that lies there already; an earlier signature is replaced."""
    manifest = (folder / MANIFEST).read_bytes()
    (folder / SIGNATURE).write_bytes(signature_of(manifest, Signing(key, signer)))


def verify_signature(folder: Path, trusted: Mapping[str, str]) -> Signer:
    """Say who signed a bundle, once it is certain.

    `trusted` gives the name behind each public key. Raises SetupError saying whether the
    signature is missing or damaged, its key unknown, or trusted under another name.
    """
    stated = _read_signature(folder / SIGNATURE)
    signer = Signer(stated["signer"], stated["public_key"])
    if signer.public_key not in trusted:
        raise SetupError(
            f"the bundle is signed with a key that is not trusted (it says {signer.name}); "
            "have the key added to signers.toml, or sign with one that is there"
        )
    if trusted[signer.public_key] != signer.name:
        raise SetupError(
            f"the bundle says it is signed by {signer.name}, but its key is "
            f"{trusted[signer.public_key]}'s; sign it again in the right name"
        )
    try:
        public = Ed25519PublicKey.from_public_bytes(_bytes(signer.public_key))
        public.verify(_bytes(stated["signature"]), DOMAIN + (folder / MANIFEST).read_bytes())
    except (InvalidSignature, ValueError):
        raise SetupError(
            f"{SIGNATURE} is damaged, or made for another bundle: it does not fit {MANIFEST}; sign it again"
        ) from None
    return signer


def read_signers(path: Path = SIGNERS) -> dict[str, str]:
    """Read whose signatures are trusted: the name behind each public key.

    Somebody may have several keys, one after the other. Raises SetupError naming what is wrong.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise SetupError(f"{path.name} cannot be read: {problem}") from None
    entries = table.pop("signer", [])
    if table or not isinstance(entries, list):
        raise SetupError(f"{path.name} holds something else than [[signer]]; see its own comments")
    trusted: dict[str, str] = {}
    for number, entry in enumerate(entries, start=1):
        if not _is_signer(entry):
            raise SetupError(
                f"{path.name}: [[signer]] number {number} needs name, public_key (32 bytes in base64) "
                "and since (a day), and nothing else"
            )
        if entry["public_key"] in trusted:
            raise SetupError(f"{path.name}: [[signer]] number {number} repeats a key; a key has one owner")
        trusted[entry["public_key"]] = entry["name"]
    return trusted


def _is_signer(entry: object) -> bool:
    if not isinstance(entry, dict) or set(entry) != {"name", "public_key", "since"}:
        return False
    name, key, since = entry["name"], entry["public_key"], entry["since"]
    return isinstance(name, str) and bool(name.strip()) and type(since) is date and _is_key(key)


def _is_key(key: object) -> bool:
    try:
        return isinstance(key, str) and len(_bytes(key)) == 32
    except ValueError:
        return False


def _read_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as problem:
        raise SetupError(f"the signing key {path} cannot be read: {problem.strerror}") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise SetupError(
            f"{path} holds no Ed25519 key without a password; "
            "make one with `training key`, or `serving journal key` for checkpoints"
        )
    return key


def _read_signature(path: Path) -> dict[str, str]:
    try:
        stated = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise SetupError("the bundle is not signed; publish it again with a key") from None
    except (OSError, ValueError):
        stated = None
    wanted = {"algorithm", "signer", "public_key", "signature"}
    whole = isinstance(stated, dict) and set(stated) == wanted
    if not whole or not all(isinstance(text, str) for text in stated.values()):
        raise SetupError(f"{SIGNATURE} is damaged; sign the bundle again")
    if stated["algorithm"] != ALGORITHM:
        raise SetupError(f"{SIGNATURE} is not made with {ALGORITHM}; sign the bundle again")
    return dict(stated)


def _public(key: Ed25519PrivateKey) -> str:
    return _text(key.public_key().public_bytes_raw())


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bytes(text: str) -> bytes:
    """Read base64. Raises ValueError when it is not."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as problem:
        raise ValueError(str(problem)) from None
