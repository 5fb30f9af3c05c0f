"""Builders for training and bundles: a register of three people by hand, and one small model trained for all.

Synthetic: everything here proves machinery, not accuracy in Norway.
"""

import os

# As in `training/__main__.py`: before LightGBM loads, or it trains many times slower beside another test.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("NUMBA_DISABLE_JIT", "1")

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from models.bundle import MANIFEST, SIGNATURE, folder_of
from models.canonical import canonical_json, digest_of
from models.signature import new_key
from training.__main__ import app, main
from training.contract import TABLES
from training.digests import write_digests
from training.evaluation.evaluate import Metrics

ROOT = Path(__file__).parents[1]
SMALL_GATES = ROOT / "tests" / "cases" / "gates_small.toml"
TRAINER, SIGNER, APPROVER = "Kari Trener", "Siri Signerer", "Ola Godkjenner"
FEW_TREES = ("--set", "lightgbm.trees=60")
FEW_DRAWS = ("--set", "evaluering.omtrekk=100", "--set", "evaluering.froe=2")
SMALL = (*FEW_TREES, *FEW_DRAWS, "--set", "evaluering.trukne_kull=1", "--set", "evaluering.to_maater=10")
"""A run of the ordinary kind, small enough for tests."""
Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Trained:
    """What `train` and `approve` left of the small register, run once for all tests."""

    folder: Path

    @property
    def artefacts(self) -> Path:
        return self.folder / "artefacts"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def approved(self) -> Path:
        return self.folder / "approved.toml"

    @property
    def key(self) -> Path:
        return self.folder / "signer.pem"

    @property
    def signers(self) -> Path:
        return self.folder / "signers.toml"

    @property
    def result(self) -> dict[str, Any]:
        """What `train --json` printed."""
        result: dict[str, Any] = json.loads((self.folder / "stdout").read_text("utf-8"))
        return result

    @property
    def progress(self) -> str:
        """What `train` printed on standard error."""
        return (self.folder / "stderr").read_text("utf-8")

    @property
    def digest(self) -> str:
        return str(self.result["bundle"])

    @property
    def bundle(self) -> Path:
        return folder_of(self.artefacts, self.digest)


def train_small(register: Path, folder: Path) -> None:
    """Run the two real commands: train as one person with another's key, approve as a third.

    The second in this process: its start costs seconds, and other tests see what it prints.
    """
    trained = Trained(folder)
    trust(trained.signers, new_key(trained.key), SIGNER)
    train = ["train", str(register), "--gates", str(SMALL_GATES), *SMALL, "--trainer", TRAINER]
    keyed = ["--key", str(trained.key), "--signer", SIGNER, "--json"]
    ended = command(*train, "--out", str(trained.out), "--artefacts", str(trained.artefacts), *keyed)
    assert ended.code == 0, ended.err
    (folder / "stdout").write_text(ended.out, "utf-8")
    (folder / "stderr").write_text(ended.err, "utf-8")
    approve = ["approve", trained.digest, "--approver", APPROVER, "--why", "prøvd på oppdiktede"]
    evidence = ["--artefacts", str(trained.artefacts), "--out", str(trained.out)]
    places = ["--signers", str(trained.signers), "--approved", str(trained.approved)]
    app([*approve, *evidence, *places], standalone_mode=False)


def trust(signers: Path, public_key: str, name: str) -> None:
    """Write a file of signers that trusts one key."""
    lines = ["[[signer]]", f'name = "{name}"', f'public_key = "{public_key}"', "since = 2026-11-22", ""]
    signers.write_text("\n".join(lines), "utf-8")


def approve_by_hand(approved: Path, digest: str) -> None:
    """Write an approval without evidence, as they were written before it was asked for."""
    entry = ["[[godkjenning]]", f'bundle = "{digest}"', 'policy = "2026-2"', f'godkjent_av = "{APPROVER}"']
    lines = [*entry, "godkjent = 2026-11-22", 'begrunnelse = "prøvd på oppdiktede"', ""]
    approved.write_text("\n".join(lines), "utf-8")


def command(*arguments: str) -> Ended:
    """Run `python -m training …` as a data scientist does, away from any terminal."""
    ended = subprocess.run(
        [sys.executable, "-m", "training", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300, env={**os.environ},
    )  # fmt: skip
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def command_here(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> Ended:
    """The same command in this process: its start costs seconds."""
    monkeypatch.setattr(sys, "argv", ["training", *arguments])
    code = 0
    try:
        main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    captured = capsys.readouterr()
    return Ended(code, captured.out, captured.err)


def changed_bundle(trained: Trained, folder: Path, changes: Mapping[str, bytes]) -> tuple[Path, str]:
    """An unsigned copy of the bundle with other files, a manifest that lists them rightly, and its digest."""
    files = {path.name: path.read_bytes() for path in trained.bundle.iterdir()} | dict(changes)
    del files[SIGNATURE]
    manifest = json.loads(files.pop(MANIFEST))
    manifest["files"] = {name: digest_of(content) for name, content in files.items()}
    whole = canonical_json(manifest)
    digest = digest_of(whole)
    copy = folder_of(folder, digest)
    copy.mkdir(parents=True)
    for name, content in {**files, MANIFEST: whole}.items():
        (copy / name).write_bytes(content)
    return copy, digest


def some_tables() -> Tables:
    """A whole extract of three people, one registrering each."""
    day, later = date(2020, 3, 2), date(2020, 9, 1)
    persons = ["S00000001", "S00000002", "S00000003"]
    rows: dict[str, dict[str, list[Any]]] = {
        "registreringer": {
            "periode_id": [f"{person}-01" for person in persons],
            "person_id": persons,
            "registrert": [day, day, later],
            "nus": ["4", None, "9"],
            "bestaatt": ["JA", None, None],
            "godkjent": ["JA", None, None],
            "helsetilstand_hindrer_arbeid": ["NEI", None, "VET_IKKE"],
            "andre_forhold_hindrer_arbeid": ["NEI", None, "JA"],
            "jobbsituasjon": [["HAR_BLITT_SAGT_OPP"], None, ["ANNET", "USIKKER_JOBBSITUASJON"]],
            "styrk08": ["7223", None, "9"],
            "foedselsaar": [1980, 1990, 1970],
            "fylke": ["46", "03", "11"],
        },
        "arbeidsforhold": {
            "person_id": persons,
            "startet": [date(2015, 1, 1), date(2019, 5, 1), date(2012, 1, 1)],
            "sluttet": [date(2020, 3, 1), None, date(2013, 1, 1)],
            "stillingsprosent": [100, None, 50],
            "styrk08": ["7223", "5223", None],
            "startet_kjent": [date(2015, 2, 5), date(2019, 6, 5), date(2012, 2, 5)],
            "sluttet_kjent": [date(2020, 3, 1), None, date(2013, 2, 5)],
        },
        "ytelser": {
            "person_id": persons,
            "ytelse": ["DAGPENGER", "SOSIALHJELP", "AAP"],
            "fom": [date(2020, 3, 16), date(2018, 1, 1), date(2020, 10, 1)],
            "tom": [date(2020, 9, 15), date(2018, 1, 1), None],
            "kjent_fra": [date(2020, 4, 5), date(2018, 2, 5), date(2020, 11, 5)],
        },
        "perioder": {
            "person_id": persons,
            "periode_id": [f"{person}-01" for person in persons],
            "startet": [day, day, later],
            "avsluttet": [date(2020, 9, 20), None, date(2021, 1, 1)],
        },
        "tiltak": {
            "person_id": persons[:1],
            "type": ["AVKLARING"],
            "fom": [date(2019, 1, 1)],
            "tom": [date(2019, 2, 1)],
        },
        "arbeidsmarked": {
            "maaned": [date(2020, 1, 1), date(2020, 2, 1), date(2020, 1, 1)],
            "fylke": ["46", "46", "03"],
            "styrk1": ["7", "7", "5"],
            "ledighet": [2.4, 2.5, 3.1],
            "ledige_stillinger_per_ledig": [0.4, 0.5, 0.3],
            "kjent_fra": [date(2020, 2, 5), date(2020, 3, 5), date(2020, 2, 5)],
        },
    }
    return {
        name: pl.DataFrame(
            rows[name], schema={column: wanted.dtype for column, wanted in contract.columns.items()}
        )
        for name, contract in TABLES.items()
    }


def write_extract(register: Path, tables: Tables, about: object = None) -> Path:
    """Write tables as a register extract, one part each, drawn at the end of 2025, its files listed."""
    for name, frame in tables.items():
        folder = register / "extract" / name
        folder.mkdir(parents=True)
        frame.write_parquet(folder / "part-0.parquet")
    drawn = {"name": "tre personer", "extract_date": "2025-12-31", "synthetic": True}
    described = drawn if about is None else about
    (register / "register.json").write_text(json.dumps(described), "utf-8")
    if isinstance(described, dict):
        write_digests(register)
    return register


def some_metrics(**changes: Any) -> Metrics:
    """Figures that pass every gate with room to spare."""
    ordinary = Metrics(
        n=6000,
        auc=0.76,
        auc_low=0.74,
        auc_high=0.78,
        average_precision=0.5,
        brier=0.14,
        skill=0.15,
        log_loss=0.4,
        ece=0.01,
        slope=1.0,
        intercept=0.0,
        mean_estimate=0.2,
        base=0.2,
        precision_at_10=0.5,
        precision_at_25=0.45,
        recall_at_10=0.25,
        recall_at_25=0.5,
    )
    return replace(ordinary, **changes)
