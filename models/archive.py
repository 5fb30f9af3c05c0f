"""What answers stood on, kept by digest: as long as it is whole, every answer can be redone.

`bundles/<hex>/` holds a whole bundle, `policies/<hex>.toml` and `texts/<hex>.toml` one file each,
named by the SHA-256 that the journal gives. Nothing is ever deleted or written over.
"""

import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

from models.approved import LANGUAGE, Approved
from models.bundle import SIGNATURE, Bundle, folder_of, read_bundle, verified_files
from models.canonical import digest_of
from models.policy_file import policy_path, read_policy
from models.text_file import read_tekster, text_path
from profilering.assess import Basis
from profilering.errors import SetupError

BUNDLES, POLICIES, TEXTS = "bundles", "policies", "texts"
REMEMBERED = 4
"""Bundles held in memory: entries that follow each other stand on the same one, or on the one before it."""

TryFirst = Callable[[Path, str], None]
"""Tries the bundle in a folder, under a digest, where a crash of LightGBM's parser harms nobody."""

_DIGEST = re.compile("sha256:[0-9a-f]{64}")


class Archive:
    """The archive in one folder; threads may share it, other processes may use the same folder.

    `threads` is how many a loaded model explains many rows with. `try_first` is asked about each
    bundle before this process parses it, and raises SetupError where it cannot be loaded.
    """

    def __init__(self, folder: Path, *, threads: int = 1, try_first: TryFirst | None = None) -> None:
        self._folder = folder
        self._threads = threads
        self._try_first = try_first
        self._bundle = lru_cache(REMEMBERED)(self._read_bundle)

    def keep(self, approved: Approved, artefacts: Path) -> None:
        """Hold on to what a model answers with, before it answers anybody. Raises SetupError.

        Each part appears whole or not at all; what is there already is verified and left.
        """
        bundle, policy, tekster = _three(approved.digests)
        try:
            self._keep_bundle(folder_of(artefacts, bundle), bundle)
            self._keep_file(policy_path(approved.basis.policy.versjon), POLICIES, policy)
            self._keep_file(text_path(LANGUAGE), TEXTS, tekster)
        except OSError as problem:
            raise SetupError(f"the archive {self._folder} cannot be written: {problem.strerror}") from None

    def approved(self, digests: Mapping[str, str]) -> Approved:
        """Load what an answer with these digests stood on. Raises SetupError: what is missing or damaged.

        Every file's digest is verified before the file is parsed.
        """
        bundle, policy, tekster = _three(digests)
        policy_file, text_file = self._place(POLICIES, policy), self._place(TEXTS, tekster)
        _verify(policy_file, policy)
        _verify(text_file, tekster)
        read = self._bundle(bundle)
        basis = Basis(read.model, read.arbeidsmarked, read_policy(policy_file), read_tekster(text_file))
        named = {"bundle": bundle, "policy": policy, "tekster": tekster}
        return Approved(basis, read.model.version, named, bool(read.manifest["synthetic"]))

    def _read_bundle(self, digest: str) -> Bundle:
        folder = folder_of(self._folder / BUNDLES, digest)
        if self._try_first is not None:
            self._try_first(folder, digest)
        bundle = read_bundle(folder, digest)
        return replace(bundle, model=replace(bundle.model, threads=self._threads))

    def _place(self, kind: str, digest: str) -> Path:
        return self._folder / kind / f"{digest.removeprefix('sha256:')}.toml"

    def _keep_bundle(self, source: Path, digest: str) -> None:
        place = folder_of(self._folder / BUNDLES, digest)
        if not place.exists():
            files = verified_files(source, digest)
            if (source / SIGNATURE).exists():
                files[SIGNATURE] = (source / SIGNATURE).read_bytes()
            _put_folder(place, files)
        verified_files(place, digest)

    def _keep_file(self, source: Path, kind: str, digest: str) -> None:
        place = self._place(kind, digest)
        if not place.exists():
            content = source.read_bytes()
            if digest_of(content) != digest:
                raise SetupError(f"{source.name} has changed since it was loaded; start again to serve it")
            _put_file(place, content)
        _verify(place, digest)


def _three(digests: Mapping[str, str]) -> tuple[str, str, str]:
    """The digests of bundle, policy and texts; what is no digest is no name in a folder either."""
    three = tuple(digests.get(name, "") for name in ("bundle", "policy", "tekster"))
    bundle, policy, tekster = three
    if not all(isinstance(digest, str) and _DIGEST.fullmatch(digest) for digest in three):
        raise SetupError("no digests of bundle, policy and texts are given; nothing can be looked up by them")
    return bundle, policy, tekster


def _verify(place: Path, digest: str) -> None:
    try:
        found = digest_of(place.read_bytes())
    except OSError as problem:
        raise SetupError(f"the archive has no {_name(place)} ({problem.strerror}); bring it back") from None
    if found != digest:
        raise SetupError(f"{_name(place)} in the archive is damaged: its digest is {found}; bring it back")


def _name(place: Path) -> str:
    return f"{place.parent.name}/{place.name}"


def _put_folder(place: Path, files: Mapping[str, bytes]) -> None:
    """Let a folder appear whole; of two processes that make the same one, one is left."""
    place.parent.mkdir(parents=True, exist_ok=True)
    making = Path(mkdtemp(prefix=".making-", dir=place.parent))
    try:
        for name, content in files.items():
            _write_durably(making / name, content)
        _sync(making)
        making.chmod(0o755)
        try:
            making.rename(place)
        except OSError:
            if not place.exists():
                raise
        _sync(place.parent)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _put_file(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    making = Path(mkdtemp(prefix=".making-", dir=place.parent))
    try:
        _write_durably(making / place.name, content)
        (making / place.name).rename(place)  # over the same bytes, where another process was first
        _sync(place.parent)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
