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

from models.approved import Approved
from models.bundle import SIGNATURE, Bundle, folder_of, read_bundle, verified_files
from models.canonical import digest_of
from models.policy_file import policy_path, read_policy
from models.text_file import ANSWERED_IN, LANGUAGES, digest_name, read_tekster, text_path
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
        bundle, policy, tekster = _parts(approved.digests)
        try:
            self._keep_bundle(folder_of(artefacts, bundle), bundle)
            self._keep_file(policy_path(approved.basis.policy.versjon), POLICIES, policy)
            for spraak, digest in tekster.items():
                self._keep_file(text_path(spraak), TEXTS, digest)
        except OSError as problem:
            raise SetupError(f"the archive {self._folder} cannot be written: {problem.strerror}") from None

    def approved(self, digests: Mapping[str, str]) -> Approved:
        """Load what an answer with these digests stood on. Raises SetupError: what is missing or damaged.

        Every file's digest is verified before the file is parsed.
        """
        bundle, policy, tekster = _parts(digests)
        policy_file = self._place(POLICIES, policy)
        text_files = {spraak: self._place(TEXTS, digest) for spraak, digest in tekster.items()}
        _verify(policy_file, policy)
        for spraak, file in text_files.items():
            _verify(file, tekster[spraak])
        read = self._bundle(bundle)
        words = {spraak: read_tekster(file) for spraak, file in text_files.items()}
        basis = Basis(read.model, read.arbeidsmarked, read_policy(policy_file), words.pop(ANSWERED_IN))
        named = {"bundle": bundle, "policy": policy, **{digest_name(s): d for s, d in tekster.items()}}
        return Approved(basis, read.model.version, named, bool(read.manifest["synthetic"]), words, read.card)

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


def _parts(digests: Mapping[str, str]) -> tuple[str, str, Mapping[str, str]]:
    """The digests of bundle, policy and each language's texts; what is no digest is no name in a folder.

    An answer from before a language was there has no digest of it.
    """
    bundle, policy = digests.get("bundle", ""), digests.get("policy", "")
    given = {spraak: digests.get(digest_name(spraak)) for spraak in LANGUAGES}
    tekster = {spraak: digest for spraak, digest in given.items() if digest is not None}
    wanted = (bundle, policy, tekster.get(ANSWERED_IN), *tekster.values())
    if not all(isinstance(digest, str) and _DIGEST.fullmatch(digest) for digest in wanted):
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
