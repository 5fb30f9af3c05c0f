"""What may answer: one reviewed line, its bundle and its policy, or a message that says why nothing may."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from models.approved import Approval, load_approved, read_approval
from models.canonical import digest_of
from models.policy_file import policy_path, read_policy, read_policy_version
from models.text_file import text_path
from profilering.errors import CallerError, SetupError
from tests.candidates import APPROVER, TRAINER, Trained
from training.release.approve import Decision, approve

SOURCE = policy_path("2026-1").read_text("utf-8")


def a_decision(trained: Trained) -> Decision:
    """An ordinary approval, by somebody who did not train."""
    return Decision(trained.digest, "2026-1", APPROVER, date(2026, 11, 22), "målt og lest")


def test_what_train_published_and_somebody_approved_is_loaded(trained: Trained) -> None:
    approved = load_approved(trained.approved, trained.artefacts)
    assert approved.model_version == trained.result["version"]
    assert approved.synthetic is True
    assert approved.digests == {
        "bundle": trained.digest,
        "policy": digest_of(policy_path("2026-1").read_bytes()),
        "tekster": digest_of(text_path("nb").read_bytes()),
    }
    assert approved.basis.policy.versjon == "2026-1"


def test_an_approval_reads_back_as_it_was_given(trained: Trained, tmp_path: Path) -> None:
    given = replace(
        a_decision(trained), begrunnelse='målt: "godt nok"\nse C:\\rapport\t – æøå', policy="2026-1"
    )
    approve(given, trained.artefacts, tmp_path / "approved.toml")
    assert read_approval(tmp_path / "approved.toml") == Approval(
        given.bundle, given.policy, given.godkjent_av, "2026-11-22", given.begrunnelse
    )


def test_the_last_approval_counts_and_the_older_ones_stay(trained: Trained, tmp_path: Path) -> None:
    path = tmp_path / "approved.toml"
    path.write_text("# Her begynner det.\n", "utf-8")
    for reason in ("første", "andre"):
        approve(replace(a_decision(trained), begrunnelse=reason), trained.artefacts, path)
    text = path.read_text("utf-8")
    assert text.startswith("# Her begynner det.\n")
    assert text.count("[[godkjenning]]") == 2
    assert read_approval(path).begrunnelse == "andre"
    assert [p.name for p in tmp_path.iterdir()] == ["approved.toml"]


@pytest.mark.parametrize("name", [TRAINER, TRAINER.upper(), f"  {TRAINER} ", "KariTrener"])
def test_whoever_trained_a_model_does_not_approve_it(name: str, trained: Trained, tmp_path: Path) -> None:
    with pytest.raises(CallerError, match="somebody else must approve"):
        approve(replace(a_decision(trained), godkjent_av=name), trained.artefacts, tmp_path / "approved.toml")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("empty", ["", "   ", "\n"])
@pytest.mark.parametrize("field", ["begrunnelse", "godkjent_av"])
def test_an_approval_without_name_or_reason_is_refused(
    field: str, empty: str, trained: Trained, tmp_path: Path
) -> None:
    whole = a_decision(trained)
    decision = (
        replace(whole, begrunnelse=empty) if field == "begrunnelse" else replace(whole, godkjent_av=empty)
    )
    with pytest.raises(CallerError, match="a name and a reason"):
        approve(decision, trained.artefacts, tmp_path / "approved.toml")
    assert list(tmp_path.iterdir()) == []


def test_a_reason_that_would_spoil_the_file_is_refused(trained: Trained, tmp_path: Path) -> None:
    """TOML takes no DEL; the file would keep the service from starting."""
    path = tmp_path / "approved.toml"
    approve(a_decision(trained), trained.artefacts, path)
    before = path.read_bytes()
    with pytest.raises(CallerError, match="write plain text"):
        approve(replace(a_decision(trained), begrunnelse="slettet\x7f"), trained.artefacts, path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("bundle", "policy", "says"),
    [
        ("sha256:" + 64 * "0", "2026-1", "is not there"),
        ("challengr", "2026-1", "is not there"),
        (None, "1999-1", r"1999-1\.toml cannot be read"),
    ],
)
def test_what_cannot_be_served_is_not_approved(
    bundle: str | None, policy: str, says: str, trained: Trained, tmp_path: Path
) -> None:
    decision = replace(a_decision(trained), bundle=bundle or trained.digest, policy=policy)
    with pytest.raises(SetupError, match=says):
        approve(decision, trained.artefacts, tmp_path / "approved.toml")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_bundle_is_not_approved_and_not_served(trained: Trained, tmp_path: Path) -> None:
    artefacts = tmp_path / "artefacts"
    copy = Path(shutil.copytree(trained.bundle, artefacts / trained.bundle.name))
    (copy / "golden.jsonl").write_bytes(b"")
    with pytest.raises(SetupError, match=r"golden\.jsonl of the bundle is damaged"):
        approve(a_decision(trained), artefacts, tmp_path / "approved.toml")
    with pytest.raises(SetupError, match=r"golden\.jsonl of the bundle is damaged"):
        load_approved(trained.approved, artefacts)


WHOLE = """
[[godkjenning]]
bundle = "sha256:0"
policy = "2026-1"
godkjent_av = "Ola"
godkjent = 2026-11-22
begrunnelse = "målt"
"""
SPOILT = {
    "no TOML": ("[[godkjenning", "cannot be read"),
    "nothing approved": ("# ingen ennå\n", "approves no model"),
    "a key too many": (WHOLE + 'hvorfor = "derfor"\n', "not whole"),
    "a key too few": (WHOLE.replace('begrunnelse = "målt"\n', ""), "not whole"),
    "one table for a list": (WHOLE.replace("[[godkjenning]]", "[godkjenning]"), "not whole"),
    "a text for a table": ('godkjenning = ["sha256:0"]', "not whole"),
}


@pytest.mark.parametrize("fault", SPOILT)
def test_a_spoilt_file_of_approvals_is_refused_and_named(fault: str, tmp_path: Path) -> None:
    text, says = SPOILT[fault]
    path = tmp_path / "approved.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SetupError, match=says) as refused:
        load_approved(path, tmp_path)
    assert "approved.toml" in str(refused.value)


def test_a_missing_file_of_approvals_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"approved\.toml cannot be read"):
        load_approved(tmp_path / "approved.toml", tmp_path)


def test_no_model_is_approved_for_real_people() -> None:
    with pytest.raises(SetupError, match="approves no model"):
        load_approved()


@pytest.mark.parametrize(
    ("now", "then", "says"),
    [
        ('versjon = "2026-1"\n', "", "has no key 'versjon'"),
        ("gjelder_fra = 2026-11-22\n", "", "has no key 'gjelder_fra'"),
        ("gjelder_fra = 2026-11-22", 'gjelder_fra = "snart"', "gjelder_fra is written as a day"),
        ("godkjent_av =", "godkjendt_av =", "did you mean godkjent_av"),
        ("mye = 0.5", "mye = 0.5\nmeget = 0.9", "styrke has the unknown key meget"),
        ("mye = 0.5\n", "", "has no key 'mye'"),
        ('kilde = "Bach m.fl. 2023; krav REQ-62"', 'kilde = ""', "UTENFOR_MODELLEN has no kilde"),
        ("kostnadsforhold = 4.0", "kostnadsforhold = 4", "written as float, not int"),
        ("kostnadsforhold = 4.0", "kostnadsforhold = 0.0", "lies between 0 and 100"),
        ("kostnadsforhold = 4.0", "", "needs both utfall and kostnadsforhold"),
        ('kode = "STANSET"', 'kode = "STOPPET"', "STOPPET"),
    ],
)
def test_a_faulty_policy_is_refused_with_file_and_key(now: str, then: str, says: str, tmp_path: Path) -> None:
    assert SOURCE.count(now) == 1
    path = tmp_path / "2026-1.toml"
    path.write_text(SOURCE.replace(now, then), "utf-8")
    with pytest.raises(SetupError, match=says) as refused:
        read_policy(path)
    assert "policy 2026-1.toml" in str(refused.value)


def test_a_policy_file_that_says_another_version_is_refused(tmp_path: Path) -> None:
    """Else an answer would name a version that nobody approved."""
    (tmp_path / "2026-1.toml").write_text(SOURCE, "utf-8")
    (tmp_path / "2026-2.toml").write_text(SOURCE, "utf-8")
    assert read_policy_version("2026-1", tmp_path).versjon == "2026-1"
    with pytest.raises(SetupError, match=r"2026-2\.toml says it is version 2026-1"):
        read_policy_version("2026-2", tmp_path)
