"""The bundle: whole and the approved one, or not read at all; and nobody is in it."""

import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import lightgbm
import numpy as np
import polars as pl
import pytest

from models.bundle import (
    MANIFEST,
    SIGNATURE,
    folder_of,
    model_file,
    read_bundle,
    verified_files,
)
from models.canonical import canonical_json, digest_of
from models.lightgbm_model import booster_of
from models.signature import Signing, read_signers, verify_signature
from profilering.errors import SetupError
from profilering.features import NAMES, features_alone
from profilering.risk import Outcome
from tests.candidates import FEW_TREES, ROOT, SIGNER, TRAINER, Trained, changed_bundle
from tests.make import a_registrering
from training.candidate import FEWEST_IN_GROUP, Candidate, fit_candidate, in_groups
from training.extract import Extract, read_extract
from training.market import published
from training.nav_config import NavConfig, read_nav_config
from training.prepare import Prepared, prepare
from training.release.publish import bundle_files, invented_rows, write_bundle

MODEL = model_file(Outcome.LANGVARIG_STOENAD)
FILES = sorted(
    [
        MANIFEST,
        *map(model_file, Outcome),
        *("calibration.json", "reference.json", "features.json", "arbeidsmarked.json"),
        *("golden.jsonl", "card.md", "run.json"),
    ]
)
NO_MODEL = b"this is no LightGBM model"
KILLS = 8


@pytest.fixture
def copy(trained: Trained, tmp_path: Path) -> Path:
    """The bundle, to be damaged."""
    return Path(shutil.copytree(trained.bundle, tmp_path / trained.bundle.name))


def test_the_bundle_is_these_files_and_reads_back(trained: Trained) -> None:
    assert sorted(path.name for path in trained.bundle.iterdir()) == sorted([*FILES, SIGNATURE])
    bundle = read_bundle(trained.bundle, trained.digest)
    assert bundle.digest == trained.digest == digest_of((trained.bundle / MANIFEST).read_bytes())
    assert bundle.manifest["trainer"] == TRAINER
    assert bundle.manifest["synthetic"] is True
    (risks,) = bundle.model.risks([features_alone(a_registrering(), bundle.arbeidsmarked)])
    assert [risk.outcome for risk in risks] == list(Outcome)
    assert {risk.model_version for risk in risks} == {trained.result["version"]}


@pytest.mark.parametrize("name", FILES)
def test_one_damaged_byte_is_refused_and_the_file_named(name: str, copy: Path, trained: Trained) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(SetupError, match=re.escape(name)):
        read_bundle(copy, trained.digest)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused(name: str, copy: Path, trained: Trained) -> None:
    (copy / name).unlink()
    with pytest.raises(SetupError, match=r"is not there|cannot be read"):
        read_bundle(copy, trained.digest)


@pytest.mark.parametrize("name", ["extra.txt", ".hidden", "model.pkl"])
def test_a_file_more_is_refused_and_named(name: str, copy: Path, trained: Trained) -> None:
    (copy / name).write_bytes(b"")
    with pytest.raises(SetupError, match=f"nobody approved: {re.escape(name)}"):
        read_bundle(copy, trained.digest)


def test_a_bundle_that_is_not_there_is_refused(tmp_path: Path, trained: Trained) -> None:
    with pytest.raises(SetupError, match="publish or copy it"):
        read_bundle(folder_of(tmp_path, trained.digest), trained.digest)


def test_a_whole_bundle_that_is_not_the_approved_one_is_refused(trained: Trained, tmp_path: Path) -> None:
    changed, digest = changed_bundle(trained, tmp_path, {"card.md": b"# another card\n"})
    assert read_bundle(changed, digest).digest == digest
    with pytest.raises(SetupError, match="not the approved one"):
        read_bundle(changed, trained.digest)


def test_nothing_is_parsed_before_every_digest_is_right(trained: Trained, tmp_path: Path) -> None:
    """A text that LightGBM chokes on gives our error, not LightGBM's, until all files are verified."""
    with pytest.raises(lightgbm.basic.LightGBMError):
        booster_of(NO_MODEL.decode())
    poisoned, digest = changed_bundle(trained, tmp_path, {MODEL: NO_MODEL})
    with pytest.raises(lightgbm.basic.LightGBMError):
        read_bundle(poisoned, digest)
    with pytest.raises(SetupError, match="not the approved one"):
        read_bundle(poisoned, trained.digest)
    for name in FILES:
        if name not in (MODEL, MANIFEST):
            whole = (poisoned / name).read_bytes()
            (poisoned / name).write_bytes(whole + b" ")
            with pytest.raises(SetupError, match=f"{re.escape(name)} of the bundle is damaged"):
                read_bundle(poisoned, digest)
            (poisoned / name).write_bytes(whole)


def nudged(content: bytes) -> bytes:
    """A calibration whose first slope is the next floating-point number."""
    calibration = json.loads(content)
    line = calibration[Outcome.LANGVARIG_STOENAD]
    line["slope"] = math.nextafter(line["slope"], math.inf)
    return canonical_json(calibration)


def test_a_model_that_misses_its_golden_rows_by_one_bit_is_refused(trained: Trained, tmp_path: Path) -> None:
    content = (trained.bundle / "calibration.json").read_bytes()
    changed, digest = changed_bundle(trained, tmp_path, {"calibration.json": nudged(content)})
    with pytest.raises(SetupError, match="golden rows to the bit"):
        read_bundle(changed, digest)


def test_exchanged_models_are_refused(trained: Trained, tmp_path: Path) -> None:
    first, second = map(model_file, Outcome)
    texts = {name: (trained.bundle / name).read_bytes() for name in (first, second)}
    changed, digest = changed_bundle(trained, tmp_path, {first: texts[second], second: texts[first]})
    with pytest.raises(SetupError, match="golden rows"):
        read_bundle(changed, digest)


@pytest.mark.parametrize(("key", "value"), [("unit", "years"), ("direction", 1), ("categories", ["x"])])
def test_a_model_for_another_catalogue_is_refused(
    key: str, value: object, trained: Trained, tmp_path: Path
) -> None:
    catalogue = json.loads((trained.bundle / "features.json").read_bytes())
    catalogue[0][key] = value
    changed, digest = changed_bundle(trained, tmp_path, {"features.json": canonical_json(catalogue)})
    with pytest.raises(SetupError, match="another feature catalogue"):
        read_bundle(changed, digest)


def test_a_bundle_of_another_format_is_refused(trained: Trained, tmp_path: Path) -> None:
    manifest = json.loads((trained.bundle / MANIFEST).read_bytes())
    copy = Path(shutil.copytree(trained.bundle, tmp_path / "copy"))
    whole = canonical_json({**manifest, "format": 2})
    (copy / MANIFEST).write_bytes(whole)
    with pytest.raises(SetupError, match="format 2"):
        read_bundle(copy, digest_of(whole))


def read_files(trained: Trained) -> tuple[dict[str, bytes], dict[str, object]]:
    """What `write_bundle` was given."""
    files = verified_files(trained.bundle, trained.digest)
    manifest = json.loads(files.pop(MANIFEST))
    return files, {key: manifest[key] for key in ("version", "synthetic", "trainer")}


def test_the_same_files_have_the_same_digest_wherever_they_are_written(
    trained: Trained, tmp_path: Path
) -> None:
    files, manifest = read_files(trained)
    assert write_bundle(files, manifest, tmp_path) == trained.digest
    assert write_bundle(files, manifest, tmp_path) == trained.digest
    assert [path.name for path in tmp_path.iterdir()] == [trained.bundle.name]
    assert write_bundle(files, {**manifest, "trainer": "another"}, tmp_path) != trained.digest


def test_publishing_onto_a_damaged_bundle_is_refused(trained: Trained, tmp_path: Path) -> None:
    files, manifest = read_files(trained)
    place = folder_of(tmp_path, write_bundle(files, manifest, tmp_path))
    (place / "card.md").write_bytes(b"changed since")
    with pytest.raises(SetupError, match=r"card\.md"):
        write_bundle(files, manifest, tmp_path)


def test_a_bundle_that_the_service_would_refuse_is_not_published(trained: Trained, tmp_path: Path) -> None:
    files, manifest = read_files(trained)
    broken = {**files, "calibration.json": nudged(files["calibration.json"])}
    with pytest.raises(SetupError, match="golden rows"):
        write_bundle(broken, manifest, tmp_path)
    assert list(tmp_path.iterdir()) == []


WRITERS = """
import json, os, sys
from pathlib import Path
from models.bundle import MANIFEST, SIGNATURE
from training.release.publish import write_bundle
bundle, artefacts = map(Path, sys.argv[1:])
files = {path.name: path.read_bytes() for path in bundle.iterdir()}
del files[SIGNATURE]
manifest = json.loads(files.pop(MANIFEST))
for _ in sys.stdin:
    writer = os.fork()  # a new run, without the seconds of its imports
    if writer == 0:
        for number in range(10**6):
            write_bundle(files, {**manifest, "made": [os.getpid(), number]}, artefacts)
    print(writer, flush=True)
    print("ended by", os.waitstatus_to_exitcode(os.waitpid(writer, 0)[1]), flush=True)
"""


def test_a_killed_run_leaves_nothing_half_under_a_digest(trained: Trained, tmp_path: Path) -> None:
    """Killed again and again while it writes; what has a name is whole, the rest says it is not.

    What one leaves, the next clears away.
    """
    left: list[list[str]] = []
    arguments = [sys.executable, "-c", WRITERS, str(trained.bundle), str(tmp_path)]
    with subprocess.Popen(arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writers:
        assert writers.stdin is not None and writers.stdout is not None
        for kill in range(KILLS):
            writers.stdin.write(b"\n")
            writers.stdin.flush()
            writer = int(writers.stdout.readline())
            time.sleep(0.05 + 0.06 * kill)
            os.kill(writer, signal.SIGKILL)
            assert writers.stdout.readline() == b"ended by -9\n"
            left.append([path.name for path in tmp_path.glob(".making-*")])
    assert any(left), "no kill hit the writing; the test would prove nothing"
    assert max(map(len, left)) == 1
    files, manifest = read_files(trained)
    write_bundle(files, manifest, tmp_path)
    for path in tmp_path.iterdir():
        assert read_bundle(path, f"sha256:{path.name}").manifest


def test_what_another_writer_is_making_is_left_alone(trained: Trained, tmp_path: Path) -> None:
    files, manifest = read_files(trained)
    at_work = tmp_path / f".making-{os.getppid()}-x"
    at_work.mkdir()
    write_bundle(files, manifest, tmp_path)
    assert at_work.is_dir()


def test_a_bundle_is_signed_as_it_is_published_and_keeps_its_digest(trained: Trained, tmp_path: Path) -> None:
    files, manifest = read_files(trained)
    signing = Signing(trained.key, SIGNER)
    assert write_bundle(files, manifest, tmp_path, signing) == trained.digest
    place = folder_of(tmp_path, trained.digest)
    assert verify_signature(place, read_signers(trained.signers)).name == SIGNER
    assert read_bundle(place, trained.digest).digest == trained.digest


def test_a_bundle_published_unsigned_is_signed_when_it_is_published_again(
    trained: Trained, tmp_path: Path
) -> None:
    files, manifest = read_files(trained)
    place = folder_of(tmp_path, write_bundle(files, manifest, tmp_path))
    assert not (place / SIGNATURE).exists()
    write_bundle(files, manifest, tmp_path, Signing(trained.key, SIGNER))
    assert verify_signature(place, read_signers(trained.signers)).name == SIGNER


def test_without_its_key_nothing_is_published(trained: Trained, tmp_path: Path) -> None:
    files, manifest = read_files(trained)
    with pytest.raises(SetupError, match=r"signing key .*nobody\.pem cannot be read"):
        write_bundle(files, manifest, tmp_path / "artefacts", Signing(tmp_path / "nobody.pem", SIGNER))
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def config() -> NavConfig:
    return read_nav_config(overrides={"lightgbm.trees": 12})


@pytest.fixture(scope="module")
def extract(small_register: Path) -> Extract:
    return read_extract(small_register)


@pytest.fixture(scope="module")
def prepared(extract: Extract, config: NavConfig) -> Prepared:
    return prepare(extract, config)


@pytest.fixture(scope="module")
def candidate(prepared: Prepared, config: NavConfig) -> Candidate:
    return fit_candidate(prepared, config, threads=2)


def files_of(candidate: Candidate, extract: Extract, config: NavConfig) -> Mapping[str, bytes]:
    return bundle_files(candidate, published(extract.arbeidsmarked), "card", {}, seed=config.seed)


def test_the_same_data_and_seed_give_the_same_bytes_and_another_seed_others(
    candidate: Candidate, extract: Extract, prepared: Prepared, config: NavConfig
) -> None:
    """Only what `train` writes of the run itself may differ: commit, trainer, lock (`run.json`, manifest)."""
    again = prepare(extract, config)
    one = files_of(candidate, extract, config)
    assert files_of(fit_candidate(again, config, threads=1), extract, config) == one
    other = files_of(fit_candidate(prepared, replace(config, seed=8), threads=2), extract, config)
    assert {name for name in one if one[name] != other[name]} >= {*map(model_file, Outcome)}


def test_the_reference_holds_groups_and_no_exact_estimate_of_anybody(
    candidate: Candidate, prepared: Prepared, extract: Extract, config: NavConfig
) -> None:
    """With the model an exact estimate is as good as a name, and the outcome stands beside it."""
    reference = json.loads(files_of(candidate, extract, config)["reference.json"])
    for fitted in candidate.model.fitted:
        cohort = reference["cohorts"][fitted.outcome]
        rows = prepared.defined(fitted.outcome, prepared.split.calibrate)
        assert len(cohort["log_odds"]) == len(cohort["cases"]) == len(rows)
        assert sum(cohort["cases"]) == prepared.outcome(fitted.outcome)[rows].sum()
        assert min(Counter(cohort["log_odds"]).values()) >= FEWEST_IN_GROUP
        # LightGBM's own score differs from the sum of its contributions in the last bits.
        exact = fitted.explain(prepared.design.values[rows]).log_odds.round(9)
        values, sizes = np.unique(exact, return_counts=True)
        alone = set(values[sizes < FEWEST_IN_GROUP].tolist())
        assert alone
        assert not alone & {round(x, 9) for x in cohort["log_odds"]}


def test_a_group_keeps_its_mean_and_its_cases() -> None:
    random = np.random.default_rng(1)
    estimates, happened = random.normal(size=1_003), (random.random(1_003) < 0.3).astype(np.float64)
    shared, cases = in_groups(estimates, happened)
    assert shared == sorted(shared)
    assert sum(shared) == pytest.approx(estimates.sum())
    ordered = happened[np.argsort(estimates)]
    assert sum(cases[:11]) == ordered[:11].sum()  # 1,003 people: the first groups have eleven
    assert max(Counter(shared).values()) <= 2 * FEWEST_IN_GROUP
    assert in_groups(estimates[:7], happened[:7])[0] == [pytest.approx(estimates[:7].mean())] * 7


def test_no_golden_row_is_somebodys(trained: Trained, prepared: Prepared) -> None:
    lines = (trained.bundle / "golden.jsonl").read_text("utf-8").splitlines()
    golden = {tuple(json.loads(line)["features"]) for line in lines}
    assert len(golden) == 50
    assert not golden & set(prepared.features.rows())
    assert (None,) * len(NAMES) in golden


def test_golden_rows_lie_where_the_model_has_learnt(candidate: Candidate, prepared: Prepared) -> None:
    rows = invented_rows(candidate, seed=1)
    assert rows.equals(invented_rows(candidate, seed=1))
    train = prepared.features[prepared.split.train]
    for name, span in candidate.model.spans.items():
        assert (span.low, span.high) == (train[name].min(), train[name].max())
        assert rows[name].drop_nulls().is_between(span.low, span.high).all()
    assert rows.columns == list(NAMES)


def test_nobody_is_in_the_bundle_or_in_the_run(trained: Trained, small_register: Path) -> None:
    """No id of a person or a periode stands anywhere: bundle, report, MLflow's database and files."""
    extract = read_extract(small_register)
    ids = re.compile(rb"S\d{8}")
    assert ids.match(extract.registreringer["periode_id"][0].encode())
    written = [path for path in trained.folder.rglob("*") if path.is_file()]
    assert {"mlflow.db", "report.html", "reference.json"} <= {path.name for path in written}
    for path in written:
        assert not ids.search(path.read_bytes()), path.name


def test_the_run_says_what_it_was_made_of(trained: Trained, small_register: Path) -> None:
    run = json.loads((trained.bundle / "run.json").read_bytes())
    assert set(run) >= {"config", "register", "extract_date", "data", "lock", "commit", "trainer"}
    assert run["gates"] == trained.result["gates"]
    assert run["config"]["lightgbm"]["trees"] == int(FEW_TREES[1].partition("=")[2])
    assert run["trainer"] == TRAINER
    assert run["lock"] == digest_of((ROOT / "requirements-training.lock").read_bytes())
    files = sorted((small_register / "extract").rglob("*.parquet"))
    assert run["data"] == {str(f.relative_to(small_register)): digest_of(f.read_bytes()) for f in files}


def test_the_market_of_the_bundle_is_the_published_one(trained: Trained, extract: Extract) -> None:
    kept = json.loads((trained.bundle / "arbeidsmarked.json").read_bytes())
    months = published(extract.arbeidsmarked)
    assert len(kept["maaned"]) == months.height
    assert sum(kept["ledighet_promille"]) == months["ledighet_promille"].sum()
    assert set(kept) == set(months.columns)
    assert pl.Series(kept["kjent_fra"]).str.to_date().max() == months["kjent_fra"].max()
