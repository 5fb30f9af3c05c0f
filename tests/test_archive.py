"""What answers stood on is kept whole by digest, given back only as it was, and never lost or replaced."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from models.approved import Approved, load_approved
from models.archive import Archive
from models.bundle import MANIFEST, SIGNATURE, folder_of, model_file, verified_files
from models.canonical import digest_of
from models.lightgbm_model import LightgbmModel
from models.text_file import LANGUAGES, digest_name
from profilering.errors import SetupError
from profilering.features import features_alone
from profilering.risk import Outcome
from tests.bundles import a_bundle, approve
from tests.make import a_registrering

ROOT = Path(__file__).parents[1]
MODEL = model_file(Outcome.LANGVARIG_STOENAD)

TEXTS = [f"texts/{{{digest_name(spraak)}}}.toml" for spraak in LANGUAGES]


@dataclass(frozen=True, slots=True)
class Served:
    """A model that is served, with the folders it comes from and is kept in."""

    approved: Approved
    artefacts: Path
    folder: Path

    @property
    def bundle(self) -> Path:
        """Where the archive has the bundle."""
        return folder_of(self.folder / "bundles", self.approved.digests["bundle"])

    @property
    def files(self) -> Mapping[str, bytes]:
        """Everything in the archive, by its path."""
        found = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in found}

    def keep(self) -> None:
        """Have it archived, by an archive that knows nothing yet."""
        Archive(self.folder).keep(self.approved, self.artefacts)

    def file(self, part: str) -> Path:
        """The one place in the archive that a pattern names; {digests} are filled in."""
        named = {name: digest.removeprefix("sha256:") for name, digest in self.approved.digests.items()}
        (found,) = self.folder.glob(part.format(**named))
        return found

    def back(self) -> Approved:
        """Get it back, from an archive that remembers nothing."""
        return Archive(self.folder).approved(self.approved.digests)


@pytest.fixture
def served(tmp_path: Path) -> Served:
    approvals, artefacts = tmp_path / "approved.toml", tmp_path / "artefacts"
    approve(approvals, a_bundle(artefacts))
    return Served(load_approved(approvals, artefacts), artefacts, tmp_path / "arkiv")


@pytest.fixture
def kept(served: Served) -> Served:
    served.keep()
    return served


def risks_of(approved: Approved) -> object:
    basis = approved.basis
    return basis.model.risks([features_alone(a_registrering(), basis.arbeidsmarked)])


# Keeping


def test_what_is_kept_answers_as_what_was_served(kept: Served) -> None:
    back = kept.back()
    assert back.digests == kept.approved.digests
    assert back.model_version == kept.approved.model_version
    assert (back.basis.policy, back.basis.tekster) == (
        kept.approved.basis.policy,
        kept.approved.basis.tekster,
    )
    assert back.other_languages == kept.approved.other_languages
    assert set(back.other_languages) == {"nn", "en"}
    assert repr(risks_of(back)) == repr(risks_of(kept.approved))


def test_each_part_lies_under_its_digest(kept: Served) -> None:
    bundle, policy, tekster = (
        kept.approved.digests[name].removeprefix("sha256:") for name in ("bundle", "policy", "tekster")
    )
    assert {path.partition("/")[0] for path in kept.files} == {"bundles", "policies", "texts"}
    assert digest_of(kept.files[f"policies/{policy}.toml"]) == f"sha256:{policy}"
    assert digest_of(kept.files[f"texts/{tekster}.toml"]) == f"sha256:{tekster}"
    assert digest_of(kept.files[f"bundles/{bundle}/{MANIFEST}"]) == f"sha256:{bundle}"


def test_the_signature_is_kept_with_the_bundle(served: Served) -> None:
    source = folder_of(served.artefacts, served.approved.digests["bundle"])
    (source / SIGNATURE).write_bytes(b"{}")
    served.keep()
    assert (served.bundle / SIGNATURE).read_bytes() == b"{}"


def test_what_is_there_already_is_left(kept: Served) -> None:
    before = {path: path.stat().st_ino for path in kept.folder.rglob("*")}
    kept.keep()
    assert {path: path.stat().st_ino for path in kept.folder.rglob("*")} == before


def test_many_at_once_leave_one_of_everything_and_nothing_else(served: Served) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: served.keep(), range(8)))
    assert len(list((served.folder / "bundles").iterdir())) == 1
    assert len(served.files) == len(
        verified_files(served.bundle, served.approved.digests["bundle"])
    ) + 1 + len(TEXTS)


def test_a_damaged_source_is_not_archived(served: Served) -> None:
    source = folder_of(served.artefacts, served.approved.digests["bundle"])
    (source / MODEL).write_bytes(b"tree")
    with pytest.raises(SetupError, match=MODEL):
        served.keep()
    assert served.files == {}


def test_a_policy_that_is_no_longer_the_one_that_was_loaded_is_not_archived(served: Served) -> None:
    digests = {**served.approved.digests, "policy": digest_of(b"as it was")}
    changed = replace(served, approved=replace(served.approved, digests=digests))
    with pytest.raises(SetupError, match="changed since it was loaded"):
        changed.keep()
    assert not any(path.startswith("policies/") for path in served.files)


@pytest.mark.parametrize("part", [f"bundles/*/{MODEL}", "policies/*", *TEXTS])
def test_what_is_there_and_damaged_is_said_and_not_mended_in_silence(kept: Served, part: str) -> None:
    file = kept.file(part)
    file.write_bytes(b"")
    with pytest.raises(SetupError, match="damaged"):
        kept.keep()
    assert file.read_bytes() == b""


def test_an_archive_that_cannot_be_written_is_a_fault_of_the_set_up(served: Served) -> None:
    served.folder.write_bytes(b"a file where the folder should be")
    with pytest.raises(SetupError, match="cannot be written"):
        served.keep()


KEEPS_AGAIN_AND_AGAIN = """
import sys
from pathlib import Path
from models.approved import load_approved
from models.archive import Archive
approvals, artefacts, folders = map(Path, sys.argv[1:])
approved = load_approved(approvals, artefacts)
for number in range(10_000):
    Archive(folders / str(number)).keep(approved, artefacts)
    print(number, flush=True)
"""


def test_a_killed_process_leaves_nothing_half_kept(served: Served, tmp_path: Path) -> None:
    folders = tmp_path / "folders"
    command = [sys.executable, "-c", KEEPS_AGAIN_AND_AGAIN, str(tmp_path / "approved.toml")]
    with subprocess.Popen(
        [*command, str(served.artefacts), str(folders)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as child:
        assert child.stdout is not None
        assert [child.stdout.readline() for _ in range(3)] == ["0\n", "1\n", "2\n"]
        os.kill(child.pid, signal.SIGKILL)
    for folder in folders.iterdir():
        left = replace(served, folder=folder)
        if left.bundle.exists():
            verified_files(left.bundle, served.approved.digests["bundle"])
        left.keep()  # what is there is right, what is not yet there goes in
        left.back()


# Getting back


def test_an_answer_from_before_a_language_was_there_is_found_without_it(kept: Served) -> None:
    before = {k: d for k, d in kept.approved.digests.items() if k != "tekster_nn"}
    back = Archive(kept.folder).approved(before)
    assert back.digests == before
    assert back.tekster("nn") is None
    assert back.tekster("en") == kept.approved.tekster("en")


@pytest.mark.parametrize("part", [f"bundles/*/{MODEL}", f"bundles/*/{MANIFEST}", "policies/*", *TEXTS])
def test_one_damaged_byte_is_refused_and_the_file_named(kept: Served, part: str) -> None:
    file = kept.file(part)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(SetupError, match=re.escape(file.name)):
        kept.back()


@pytest.mark.parametrize("part", ["policies/*", "bundles/*", *TEXTS])
def test_what_is_missing_is_named(kept: Served, part: str) -> None:
    place = kept.file(part)
    shutil.rmtree(place) if place.is_dir() else place.unlink()
    with pytest.raises(SetupError, match=place.name):
        kept.back()


@pytest.mark.parametrize("part", ["policies/*", *TEXTS])
def test_nothing_is_parsed_before_its_digest_is_right(kept: Served, part: str) -> None:
    """A file that cannot be parsed is told as damaged: nobody tried."""
    file = kept.file(part)
    file.write_bytes(b"[[[")
    with pytest.raises(SetupError, match="damaged"):
        kept.back()


@pytest.mark.parametrize(
    "digest", ["", "sha256:", "sha256:../../etc", "sha256:" + 64 * "g", "SHA256:" + 64 * "0", 64 * "0"]
)
@pytest.mark.parametrize("name", ["bundle", "policy", "tekster"])
def test_what_is_no_digest_is_no_path_either(kept: Served, name: str, digest: str) -> None:
    digests = {**kept.approved.digests, name: digest}
    with pytest.raises(SetupError, match="no digests"):
        Archive(kept.folder).approved(digests)


def test_a_bundle_is_tried_where_it_harms_nobody_before_it_is_loaded_and_once(kept: Served) -> None:
    tried: list[tuple[Path, str]] = []
    archive = Archive(kept.folder, try_first=lambda folder, digest: tried.append((folder, digest)))
    first = archive.approved(kept.approved.digests)
    assert archive.approved(kept.approved.digests).basis.model is first.basis.model
    assert tried == [(kept.bundle, kept.approved.digests["bundle"])]


def test_a_bundle_that_fails_its_trial_is_not_loaded(kept: Served) -> None:
    def refuse(_: Path, __: str) -> None:
        raise SetupError("ended its process")

    archive = Archive(kept.folder, try_first=refuse)
    for _ in range(2):
        with pytest.raises(SetupError, match="ended its process"):
            archive.approved(kept.approved.digests)


def test_more_threads_explain_to_the_same_bits(kept: Served) -> None:
    approved = Archive(kept.folder, threads=2).approved(kept.approved.digests)
    assert isinstance(approved.basis.model, LightgbmModel)
    assert approved.basis.model.threads == 2
    assert repr(risks_of(approved)) == repr(risks_of(kept.approved))
