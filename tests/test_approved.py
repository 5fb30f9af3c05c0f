"""What may answer: one reviewed line, its bundle and its policy, or a message that says why nothing may."""

import shutil
from pathlib import Path

import pytest

from models.approved import last_approval, load_approved, read_approval, same_name
from models.canonical import digest_of
from models.policy_file import policy_path, read_policy, read_policy_version
from models.text_file import text_path
from profilering.errors import SetupError
from tests.candidates import APPROVER, SIGNER, TRAINER, Trained, approve_by_hand

SOURCE = policy_path("2026-1").read_text("utf-8")


def test_what_train_published_and_somebody_approved_is_loaded(trained: Trained) -> None:
    approved = load_approved(trained.approved, trained.artefacts)
    assert approved.model_version == trained.result["version"]
    assert approved.synthetic is True
    assert approved.digests == {
        "bundle": trained.digest,
        "policy": digest_of(policy_path("2026-2").read_bytes()),
        "tekster": digest_of(text_path("nb").read_bytes()),
        "tekster_nn": digest_of(text_path("nn").read_bytes()),
        "tekster_en": digest_of(text_path("en").read_bytes()),
    }
    assert approved.basis.policy.versjon == "2026-2"


def test_an_approval_from_before_evidence_was_asked_for_still_answers(
    trained: Trained, tmp_path: Path
) -> None:
    path = tmp_path / "approved.toml"
    approve_by_hand(path, trained.digest)
    approval = read_approval(path)
    assert (approval.modellkort, approval.rapport, approval.grenser_bestaatt) == ("", "", "")
    assert (approval.signert_av, approval.erstatter) == ("", "")
    assert load_approved(path, trained.artefacts).digests["bundle"] == trained.digest


@pytest.mark.parametrize("name", [TRAINER, TRAINER.upper(), SIGNER])
def test_an_entry_by_whoever_made_the_model_is_not_served(
    name: str, trained: Trained, tmp_path: Path
) -> None:
    """The file can be edited by hand, so the service asks as well."""
    path = tmp_path / "approved.toml"
    entry = trained.approved.read_text("utf-8")
    path.write_text(entry.replace(f'godkjent_av = "{APPROVER}"', f'godkjent_av = "{name}"'), "utf-8")
    assert read_approval(path).godkjent_av == name
    with pytest.raises(SetupError, match="trained or signed the model"):
        load_approved(path, trained.artefacts)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Kåre Å", "kåre å", True),
        ("Kåre", "Ka\u030are", True),  # the same letter, written as two
        ("  Kari  Trener", "KariTrener", True),
        ("Kari", "Kåri", False),
        ("", " ", True),
        ("Kari", "", False),
    ],
)
def test_a_name_is_the_same_however_it_is_written(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same_name(other, one) is same


def test_an_empty_file_of_approvals_has_no_last_one(tmp_path: Path) -> None:
    (tmp_path / "approved.toml").write_text("# ingen ennå\n", "utf-8")
    assert last_approval(tmp_path / "approved.toml") is None


def test_a_damaged_bundle_is_not_served(trained: Trained, tmp_path: Path) -> None:
    artefacts = tmp_path / "artefacts"
    copy = Path(shutil.copytree(trained.bundle, artefacts / trained.bundle.name))
    (copy / "golden.jsonl").write_bytes(b"")
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
