"""The data scientist's commands: exit codes, messages that help, and what stands on which stream."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from models.approved import Approval, read_approval
from profilering.risk import Outcome
from tests.candidates import (
    APPROVER,
    SIGNER,
    SMALL,
    SMALL_GATES,
    TRAINER,
    Ended,
    Trained,
    command_here,
    some_tables,
    write_extract,
)
from training.pipeline import STAGES
from training.show import Shown


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Run":
    return Run(monkeypatch, capsys)


class Run:
    """Runs a command in this process and says how it ended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._parts = (monkeypatch, capsys)

    def __call__(self, *arguments: str) -> Ended:
        return command_here(*self._parts, *arguments)


def test_train_prints_json_and_nothing_else_on_standard_output(trained: Trained) -> None:
    result = trained.result
    wanted = {"version", "bundle", "report", "mlflow_run", "counts", "gates", "models", "published"}
    assert set(result) == wanted
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", result["bundle"])
    assert re.fullmatch(r"nav-[0-9a-f]{8}", result["version"])
    assert all(gate["bestaatt"] is True for gate in result["gates"])
    assert set(result["models"]) == {outcome.value for outcome in Outcome}
    for sides in result["models"].values():
        assert set(sides) == {"held_out", "test"}
        assert set(sides["test"]) == {"lightgbm", "logistisk", "dagens_regel", "sannhet"}
        assert 0.5 < sides["test"]["lightgbm"]["auc"] < 1


def test_away_from_a_terminal_progress_is_plain_lines(trained: Trained) -> None:
    lines = trained.progress.splitlines()
    wanted = [f"trening: {stage} {done}/{len(STAGES)}" for done, stage in enumerate(STAGES)]
    wanted.append(f"trening: {STAGES[-1]} {len(STAGES)}/{len(STAGES)}")
    assert [re.sub(r"^ *\d+\.\d s  ", "", line) for line in lines] == wanted
    assert "\x1b" not in trained.progress


def test_the_same_stage_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    with Shown("syntetisk register") as shown:
        for done in (0, 0, 1):
            shown("skriver", done, 2)
    assert capsys.readouterr().err.count("\n") == 2


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("lightgbm.treez=3", "unknown key lightgbm.treez; did you mean trees?"),
        ("lightbgm.trees=3", "did you mean lightgbm?"),
        ('lightgbm.trees="mange"', "lightgbm.trees must be a whole number"),
        ("deling.test_fra=2021-06-01", "embargo is the horizon of 18 months"),
        ("lightgbm.trees", "write it as path=value"),
        ("navn=nav", "texts in quotes"),
        ("utfall.maaledag=31", "use 1 to 28"),
    ],
)
def test_a_setting_that_makes_no_sense_ends_with_two(
    setting: str, says: str, run: Run, tmp_path: Path
) -> None:
    ended = run("train", str(tmp_path / "register"), "--set", setting, "--out", str(tmp_path / "out"))
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err
    assert ended.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["train"],
        ["trian", "somewhere"],
        ["train", "somewhere", "--gatez", "x"],
        ["train", "somewhere", "--gates", "/nowhere/gates.toml"],
        ["train", "somewhere", "--config", "/nowhere/nav.toml"],
        ["approve", "sha256:0", "--why", "x"],
    ],
)
def test_a_command_that_is_not_understood_ends_with_two(arguments: list[str], run: Run) -> None:
    ended = run(*arguments)
    assert ended.code == 2
    assert "Traceback" not in ended.err
    assert ended.err


def test_train_ends_with_three_when_a_gate_fails(small_register: Path, tmp_path: Path, run: Run) -> None:
    """With the real limits: 20,000 persons are too few to measure calibration on."""
    places = ("--out", str(tmp_path / "out"), "--artefacts", str(tmp_path / "artefacts"))
    quick = (
        *("--set", "evaluering.omtrekk=20", "--set", "evaluering.trukne_kull=0"),
        *("--set", "evaluering.froe=1", "--set", 'evaluering.omstridte=["ALDER"]'),
    )
    ended = run("train", str(small_register), *SMALL, *quick, *places, "--trainer", TRAINER, "--json")
    assert ended.code == 3
    told = json.loads(ended.out)
    assert told["published"] is False
    assert "kalibrering" in {gate["gate"] for gate in told["gates"] if not gate["bestaatt"]}
    assert re.search(r"FEIL kalibrering +LANGVARIG_STOENAD", ended.err)
    assert "error: nothing is published" in ended.err
    assert not (tmp_path / "artefacts").exists()
    assert not (tmp_path / "out" / "mlflow").exists()
    assert "8/8" not in ended.err  # the stage that publishes was not begun
    (report,) = (tmp_path / "out").glob("nav-*/report.html")
    assert report.read_text("utf-8").count("IKKE BESTÅTT") == len(told["gates"]) - sum(
        gate["bestaatt"] for gate in told["gates"]
    )


def test_an_extract_with_faults_leaves_no_bundle_no_report_and_nothing_half_made(
    tmp_path: Path, run: Run
) -> None:
    tables = some_tables()
    register = write_extract(tmp_path / "register", {**tables, "tiltak": tables["tiltak"].clear()})
    places = ("--out", str(tmp_path / "out"), "--artefacts", str(tmp_path / "artefacts"))
    ended = run("train", str(register), *places)
    assert (ended.code, ended.out) == (4, "")
    assert "tiltak/*.parquet, column all: no rows" in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["register"]


def approval(trained: Trained, path: Path, **changes: str) -> list[str]:
    given = {"approver": APPROVER, "why": "målt og lest", "policy": "2026-1", "bundle": trained.digest}
    given |= changes
    places = [
        "--artefacts",
        str(trained.artefacts),
        "--approved",
        str(path),
        "--signers",
        str(trained.signers),
    ]
    options = [part for name in ("approver", "why", "policy") for part in (f"--{name}", given[name])]
    return ["approve", given["bundle"], *options, *places, "--without-registry", "--out", str(trained.out)]


@pytest.mark.parametrize("named", ["digest", "challenger"])
def test_approve_writes_an_entry_that_is_read_as_given(
    named: str, trained: Trained, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "approved.toml"
    bundle = trained.digest if named == "digest" else named
    ended = run(*approval(trained, path, bundle=bundle))
    assert ended.code == 0, ended.err
    read = read_approval(path)
    assert (read.bundle, read.policy, read.godkjent_av) == (trained.digest, "2026-1", APPROVER)
    (entry,) = tomllib.loads(path.read_text("utf-8"))["godkjenning"]
    assert set(entry) == set(Approval.__slots__)
    assert f"gates {read.grenser_bestaatt}, signed by {SIGNER}" in ended.out


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"approver": TRAINER}, 2, "somebody else must approve it"),
        ({"approver": SIGNER}, 2, "somebody else must approve it"),
        ({"why": " "}, 2, "give --approver and --why"),
        ({"bundle": "sha256:" + 64 * "a"}, 1, "is not there"),
        ({"policy": "1999-1"}, 1, "policy 1999-1.toml cannot be read"),
    ],
)
def test_what_may_not_be_approved_is_refused_and_nothing_is_written(
    changes: dict[str, str], code: int, says: str, trained: Trained, run: Run, tmp_path: Path
) -> None:
    ended = run(*approval(trained, tmp_path / "approved.toml", **changes))
    assert ended.code == code
    assert says in ended.err
    assert list(tmp_path.iterdir()) == []


def test_there_is_no_challenger_before_a_run(trained: Trained, run: Run, tmp_path: Path) -> None:
    arguments = approval(trained, tmp_path / "approved.toml", bundle="challenger")
    ended = run(*arguments[:-1], str(tmp_path / "nothing"))
    assert ended.code == 2
    assert "train first" in ended.err
    assert list(tmp_path.iterdir()) == []


def test_a_register_is_not_written_over_another(run: Run, tmp_path: Path) -> None:
    ended = run("synthetic", str(tmp_path), "--persons", "10")
    assert ended.code == 2
    assert "exists" in ended.err


def test_the_gates_of_these_tests_are_marked_as_such() -> None:
    assert tomllib.loads(SMALL_GATES.read_text("utf-8"))["godkjent_av"].startswith("ikke godkjent")


def test_evaluate_measures_a_published_model_anew(
    trained: Trained, small_register: Path, tmp_path: Path, run: Run
) -> None:
    """On the register it was trained on: the same people, the same figures."""
    places = ("--artefacts", str(trained.artefacts), "--out", str(tmp_path))
    quick = ("--set", "evaluering.omtrekk=20", "--set", "evaluering.to_maater=5")
    ended = run("evaluate", trained.digest, str(small_register), *places, *quick, "--json")
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)["test"]
    for outcome in Outcome:
        ours = trained.result["models"][outcome]["test"]
        assert set(told[outcome]) == set(ours)
        assert told[outcome]["lightgbm"]["auc"] == ours["lightgbm"]["auc"]
        assert told[outcome]["lightgbm"]["ece"] == ours["lightgbm"]["ece"]
    (folder,) = tmp_path.glob("nav-*")
    assert "Grenser" not in (folder / "report.html").read_text("utf-8").split("<h2>")[1]


def test_a_page_made_again_is_the_same_page(trained: Trained, tmp_path: Path, run: Run) -> None:
    folder = Path(trained.result["report"]).parent
    ended = run("report", str(folder), "--out", str(tmp_path))
    assert ended.code == 0, ended.err
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name
    assert {p.name for p in tmp_path.iterdir()} == {p.name for p in folder.iterdir()} - {
        "card.md",
        "card.html",
    }


def test_a_folder_that_holds_no_report_is_named(tmp_path: Path, run: Run) -> None:
    ended = run("report", str(tmp_path))
    assert ended.code == 2
    assert "report.json cannot be read" in ended.err


def test_card_shows_the_card_of_the_champion(trained: Trained, run: Run) -> None:
    places = ("--artefacts", str(trained.artefacts), "--approved", str(trained.approved))
    ended = run("card", "champion", *places)
    assert ended.code == 0, ended.err
    assert ended.out.strip() == (trained.bundle / "card.md").read_text("utf-8").strip()
