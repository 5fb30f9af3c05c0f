"""Approving: by somebody else, on evidence that is there, written so that nothing is lost on the way."""

import json
import shutil
import sqlite3
import tomllib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import fields, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from models.approved import Approval, load_approved, read_approval
from models.bundle import SIGNATURE
from models.canonical import canonical_json, digest_of
from models.signature import new_key, sign_bundle
from profilering.errors import CallerError, GateError, SetupError
from tests.candidates import APPROVER, SIGNER, TRAINER, Trained, changed_bundle, trust
from training.release.approve import ApprovalPlaces, Decision, approve
from training.release.registry import set_champion, version_of


def a_decision(trained: Trained) -> Decision:
    """An ordinary approval, by somebody who neither trained nor signed."""
    return Decision(trained.digest, "2026-1", APPROVER, date(2026, 11, 22), "målt og lest")


def places_of(trained: Trained, approved: Path) -> ApprovalPlaces:
    return ApprovalPlaces(trained.artefacts, trained.out, trained.signers, approved, registry=None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "approved.toml"


@pytest.fixture
def places(trained: Trained, path: Path) -> ApprovalPlaces:
    return places_of(trained, path)


def changed(
    trained: Trained, places: ApprovalPlaces, folder: Path, changes: dict[str, bytes]
) -> tuple[Decision, ApprovalPlaces]:
    """The same decision about a signed bundle with other files."""
    copy, digest = changed_bundle(trained, folder, changes)
    sign_bundle(copy, trained.key, SIGNER)
    return replace(a_decision(trained), bundle=digest), replace(places, artefacts=folder)


def with_gates(trained: Trained, gates: object) -> dict[str, bytes]:
    run = json.loads((trained.bundle / "run.json").read_bytes())
    return {"run.json": canonical_json({**run, "gates": gates})}


def test_an_approval_reads_back_as_it_was_given_with_its_evidence(
    trained: Trained, places: ApprovalPlaces, path: Path
) -> None:
    given = replace(a_decision(trained), begrunnelse='målt: "godt nok"\nse C:\\rapport\t – æøå')
    written = approve(given, places)
    report = trained.out / trained.result["version"] / "report.json"
    count = len(trained.result["gates"])
    assert (
        read_approval(path)
        == written
        == Approval(
            bundle=given.bundle,
            policy=given.policy,
            godkjent_av=given.godkjent_av,
            godkjent="2026-11-22",
            begrunnelse=given.begrunnelse,
            modellkort=digest_of((trained.bundle / "card.md").read_bytes()),
            rapport=digest_of(report.read_bytes()),
            grenser_bestaatt=f"{count} av {count}",
            signert_av=SIGNER,
            erstatter="",
        )
    )
    assert count > 10
    (entry,) = tomllib.loads(path.read_text("utf-8"))["godkjenning"]
    assert list(entry) == [field.name for field in fields(Approval)]
    assert load_approved(path, trained.artefacts).digests["bundle"] == trained.digest


def test_the_log_only_grows_and_going_back_is_approving_again(
    trained: Trained, places: ApprovalPlaces, path: Path, tmp_path: Path
) -> None:
    path.write_text("# Her begynner det.\n", "utf-8")
    artefacts = tmp_path / "artefacts"
    shutil.copytree(trained.artefacts, artefacts)
    newer, places = changed(trained, places, artefacts, {"card.md": b"# Nyere kort\n"})
    older = a_decision(trained)
    texts = [path.read_text("utf-8")]
    for decision in (older, newer, replace(older, begrunnelse="den nye bommet")):
        approve(decision, places)
        texts.append(path.read_text("utf-8"))
        assert read_approval(path).bundle == decision.bundle
    assert all(after.startswith(before) for before, after in pairwise(texts))
    log = tomllib.loads(texts[-1])["godkjenning"]
    assert [entry["erstatter"] for entry in log] == ["", older.bundle, newer.bundle]
    assert load_approved(path, artefacts).digests["bundle"] == older.bundle


def test_the_same_decision_again_adds_nothing(trained: Trained, places: ApprovalPlaces, path: Path) -> None:
    approve(a_decision(trained), places)
    before = path.read_bytes()
    approve(replace(a_decision(trained), godkjent=date(2026, 11, 23)), places)
    assert path.read_bytes() == before
    approve(replace(a_decision(trained), begrunnelse="lest en gang til"), places)
    assert path.read_bytes() != before


@pytest.mark.parametrize(
    ("name", "says"),
    [
        *((name, "trained this model") for name in (TRAINER, TRAINER.upper(), f"  {TRAINER} ", "KariTrener")),
        *((name, "signed this model") for name in (SIGNER, SIGNER.lower())),
    ],
)
def test_whoever_made_a_model_does_not_approve_it(
    name: str, says: str, trained: Trained, places: ApprovalPlaces, tmp_path: Path
) -> None:
    decision = replace(a_decision(trained), godkjent_av=name)
    with pytest.raises(CallerError, match=f"{says}; somebody else must approve"):
        approve(decision, places)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("empty", ["", "   ", "\n"])
@pytest.mark.parametrize("field", ["begrunnelse", "godkjent_av"])
def test_an_approval_without_name_or_reason_is_refused(
    field: str, empty: str, trained: Trained, places: ApprovalPlaces, tmp_path: Path
) -> None:
    whole = a_decision(trained)
    decision = (
        replace(whole, begrunnelse=empty) if field == "begrunnelse" else replace(whole, godkjent_av=empty)
    )
    with pytest.raises(CallerError, match="a name and a reason"):
        approve(decision, places)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("reason", ["slettet\x7f", "halvt tegn \udce6"])
def test_a_reason_that_would_spoil_the_file_is_refused(
    reason: str, trained: Trained, places: ApprovalPlaces, path: Path
) -> None:
    """TOML takes no DEL, UTF-8 no half character; the file would keep the service from starting."""
    approve(a_decision(trained), places)
    before = path.read_bytes()
    with pytest.raises(CallerError, match="write plain text"):
        approve(replace(a_decision(trained), begrunnelse=reason), places)
    assert path.read_bytes() == before


def test_nothing_is_added_to_a_file_that_cannot_be_read(
    trained: Trained, places: ApprovalPlaces, path: Path
) -> None:
    path.write_text("[[godkjenning", "utf-8")
    with pytest.raises(SetupError, match="cannot be read"):
        approve(a_decision(trained), places)
    assert path.read_text("utf-8") == "[[godkjenning"


@pytest.mark.parametrize(
    ("bundle", "policy", "says"),
    [
        ("sha256:" + 64 * "0", "2026-1", "is not there"),
        ("challengr", "2026-1", "is not there"),
        (None, "1999-1", r"1999-1\.toml cannot be read"),
    ],
)
def test_what_cannot_be_served_is_not_approved(
    bundle: str | None, policy: str, says: str, trained: Trained, places: ApprovalPlaces, tmp_path: Path
) -> None:
    decision = replace(a_decision(trained), bundle=bundle or trained.digest, policy=policy)
    with pytest.raises(SetupError, match=says):
        approve(decision, places)
    assert list(tmp_path.iterdir()) == []


PASSED = {"gate": "kalibrering", "utfall": "LANGVARIG_STOENAD", "bestaatt": True}


@pytest.mark.parametrize(
    ("gates", "says"),
    [
        ([], "shows no gates"),
        (None, "shows no gates"),
        ([PASSED, {**PASSED, "gate": "sum", "bestaatt": False}], r"not passed: sum \(LANGVARIG_STOENAD\)"),
        ([{**PASSED, "bestaatt": "ja"}], "not passed: kalibrering"),
        ([{"gate": "sum"}], "not passed: sum"),
    ],
)
def test_a_model_whose_gates_are_not_shown_to_hold_is_not_approved(
    gates: object, says: str, trained: Trained, places: ApprovalPlaces, path: Path, tmp_path: Path
) -> None:
    with pytest.raises(GateError, match=says):
        approve(*changed(trained, places, tmp_path / "artefacts", with_gates(trained, gates)))
    assert not path.exists()


@pytest.mark.parametrize("card", [b"", b" \n"])
def test_a_model_without_a_card_is_not_approved(
    card: bytes, trained: Trained, places: ApprovalPlaces, path: Path, tmp_path: Path
) -> None:
    with pytest.raises(SetupError, match="no model card"):
        approve(*changed(trained, places, tmp_path / "artefacts", {"card.md": card}))
    assert not path.exists()


def test_a_model_without_its_report_is_not_approved(
    trained: Trained, places: ApprovalPlaces, tmp_path: Path
) -> None:
    with pytest.raises(SetupError, match=r"report\.json, cannot be read .*give --out"):
        approve(a_decision(trained), replace(places, out=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_nobody_trusted_signed_is_not_approved(
    trained: Trained, places: ApprovalPlaces, path: Path, tmp_path: Path
) -> None:
    decision, elsewhere = changed(trained, places, tmp_path / "artefacts", {"card.md": b"# Kort\n"})
    (signed,) = elsewhere.artefacts.iterdir()
    trust(tmp_path / "others.toml", new_key(tmp_path / "other.pem"), SIGNER)
    with pytest.raises(SetupError, match="not trusted"):
        approve(decision, replace(elsewhere, signers=tmp_path / "others.toml"))
    (signed / SIGNATURE).unlink()
    with pytest.raises(SetupError, match="not signed"):
        approve(decision, elsewhere)
    assert not path.exists()


@pytest.fixture
def store(trained: Trained, tmp_path: Path) -> Path:
    """A copy of what `train` left in the registry, before anybody approved; names lie in its database."""
    folder = tmp_path / "store"
    folder.mkdir()
    shutil.copy(trained.out / "mlflow" / "mlflow.db", folder)
    asked(folder, "DELETE FROM registered_model_aliases WHERE alias = 'champion'")
    return folder


def asked(store: Path, question: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(store / "mlflow.db", isolation_level=None)) as database:
        return database.execute(question).fetchall()


def aliases(store: Path) -> dict[str, int]:
    return dict(asked(store, "SELECT alias, version FROM registered_model_aliases"))


def test_approving_names_the_bundle_champion(
    trained: Trained, places: ApprovalPlaces, store: Path, path: Path
) -> None:
    assert "champion" not in aliases(store)
    approve(a_decision(trained), replace(places, registry=store))
    assert aliases(store)["champion"] == int(version_of(store, trained.digest))
    assert aliases(store)["challenger"] == 1
    assert path.exists()


def test_a_store_that_does_not_know_the_bundle_stops_before_anything_is_written(
    trained: Trained, places: ApprovalPlaces, store: Path, path: Path, tmp_path: Path
) -> None:
    decision, elsewhere = changed(trained, places, tmp_path / "artefacts", {"card.md": b"# Kort\n"})
    with pytest.raises(CallerError, match="--without-registry"):
        approve(decision, replace(elsewhere, registry=store))
    with pytest.raises(CallerError, match="holds no MLflow store"):
        approve(decision, replace(elsewhere, registry=tmp_path / "nothing"))
    assert not path.exists()
    assert not (tmp_path / "nothing").exists()
    approve(decision, elsewhere)
    assert read_approval(path).bundle == decision.bundle


def test_an_alias_that_could_not_be_set_is_set_by_approving_again(
    trained: Trained, places: ApprovalPlaces, store: Path, path: Path
) -> None:
    """What is served is in force at once; the name in the registry follows."""
    places = replace(places, registry=store)
    stop = (
        "CREATE TRIGGER stop BEFORE INSERT ON registered_model_aliases BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    asked(store, stop)
    with pytest.raises(SetupError, match="written and in force"):
        approve(a_decision(trained), places)
    in_force = path.read_bytes()
    assert read_approval(path).bundle == trained.digest
    assert "champion" not in aliases(store)
    asked(store, "DROP TRIGGER stop")
    approve(a_decision(trained), places)
    assert aliases(store)["champion"] == 1
    assert path.read_bytes() == in_force


def test_the_name_champion_moves_from_whoever_had_it(store: Path, trained: Trained) -> None:
    asked(store, "UPDATE registered_model_aliases SET alias = 'champion', version = 7")
    assert aliases(store)["champion"] == 7
    set_champion(store, trained.digest)
    assert aliases(store)["champion"] == 1


def test_two_who_approve_at_once_lose_nothing(trained: Trained, places: ApprovalPlaces, path: Path) -> None:
    def approve_some(name: str) -> None:
        for number in range(5):
            approve(replace(a_decision(trained), begrunnelse=f"{name} {number}"), places)

    names = ("en", "to", "tre")
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(approve_some, names))
    log = tomllib.loads(path.read_text("utf-8"))["godkjenning"]
    assert sorted(e["begrunnelse"] for e in log) == sorted(f"{name} {n}" for name in names for n in range(5))
    assert [e["erstatter"] for e in log] == ["", *[trained.digest] * 14]
