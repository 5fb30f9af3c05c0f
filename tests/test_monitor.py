"""Watching a service the whole way: people of the small register answered, journaled, and held against it.

Synthetic: everything here proves machinery, not accuracy in Norway.
"""

import json
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from models.approved import load_approved
from models.bundle import read_bundle, verified_files
from models.lightgbm_model import LightgbmModel
from profilering.assess import HEALTH_BENEFITS, assess
from profilering.errors import DataError, GateError, SetupError
from profilering.propose import receives
from profilering.risk import Outcome
from tests.candidates import Trained
from tests.exports import Line, a_vurdering, of_assessed, of_registrering, without_forslag, write_export
from training.commands.watch import monitor
from training.extract import Extract, read_extract
from training.monitoring.limits import DEFAULT, read_limits
from training.monitoring.reference import has_health_benefit, never_fitted, reference_of
from training.nav_config import NavConfig
from training.prepare import Prepared, prepare
from training.registreringer import registreringer_of
from training.release.contender import config_of_run
from training.split import Rows
from training.typed_toml import ConfigError

ASSESSED = 300
"""Enough to find half a standard deviation; each takes some ten milliseconds."""

app = typer.Typer()
app.command()(monitor)


@dataclass(frozen=True, slots=True)
class Watched:
    """The small register with the bundle trained on it, and whom of it the service answered."""

    trained: Trained
    register: Path
    extract: Extract
    prepared: Prepared
    model: LightgbmModel
    config: NavConfig
    lines: list[Line]

    def monitor(self, folder: Path, lines: list[Line], *flags: str) -> tuple[dict[str, Any], str]:
        """What the command found, and the page it wrote."""
        export = write_export(folder / "export.jsonl", lines)
        places = ("--approved", str(self.trained.approved), "--artefacts", str(self.trained.artefacts))
        command = [str(export), str(self.register), *places, "--out", str(folder / "out"), *flags]
        ended = CliRunner().invoke(app, [*command, "--json"])
        if isinstance(ended.exception, Exception):
            raise ended.exception
        found: dict[str, Any] = json.loads(ended.stdout)
        return found, (folder / "out" / "report.html").read_text("utf-8")


@pytest.fixture(scope="module")
def watched(small_register: Path, trained: Trained) -> Watched:
    """Registreringer drawn from the learning period, each answered by the service's own function."""
    extract = read_extract(small_register)
    config = config_of_run(verified_files(trained.bundle, trained.digest)["run.json"])
    prepared = prepare(extract, config)
    day = prepared.registreringer["registrert"]
    learning = day.is_between(config.deling.laer_fra, config.deling.laer_til, closed="left").arg_true()
    rows = np.random.default_rng(1).choice(learning.to_numpy(), ASSESSED, replace=False)
    own = prepared.registreringer[rows]
    basis = load_approved(trained.approved, trained.artefacts).basis
    lines = [
        of_assessed(sak, periode_id, person.registrert, assess(person, basis, stanset=False), trained.digest)
        for sak, (periode_id, person) in enumerate(
            zip(own["periode_id"], registreringer_of(own, extract), strict=True)
        )
    ]
    model = read_bundle(trained.bundle, trained.digest).model
    return Watched(trained, small_register, extract, prepared, model, config, lines)


def drift_alarms(found: dict[str, Any]) -> list[str]:
    return [alarm["tekst"].split()[0] for alarm in found["alarms"] if alarm["grense"] == "drift"]


def journaled(watched: Watched, rows: Rows) -> list[Line]:
    """Lines for many at once: what the bundle says of these rows of the register."""
    own = watched.prepared.registreringer[rows]
    matrix = watched.prepared.design.values[rows]
    estimates = {outcome: watched.model.of(outcome).probabilities(matrix) for outcome in Outcome}
    return [
        of_registrering(
            place,
            periode_id,
            registrert,
            features,
            {outcome: float(p[place]) for outcome, p in estimates.items()},
            watched.trained.digest,
        )
        for place, (periode_id, registrert, features) in enumerate(
            zip(
                own["periode_id"],
                own["registrert"],
                watched.prepared.features[rows].iter_rows(named=True),
                strict=True,
            )
        )
    ]


def test_a_year_like_the_reference_gives_no_alarm_and_a_whole_report(
    watched: Watched, tmp_path: Path
) -> None:
    given = [line for line in watched.lines if line["innhold"]["forslag"]["kode"] == "STANDARD_INNSATS"]
    cases = [int(line["sak"][-12:], 16) for line in given[:120]]
    followed = [a_vurdering(sak) for sak in cases[:80]]
    others = [a_vurdering(sak, "TRENGER_VEILEDNING") for sak in cases[80:]]
    found, page = watched.monitor(tmp_path, [*watched.lines, *followed, *others], "--fail-on-alarm")
    assert found["alarms"] == []
    assert found["synthetic"] is True
    assert found["counts"]["watched"] == found["counts"]["profileringer"] == ASSESSED
    assert len(found["drifts"]) == 39
    (everybody,) = [s for s in found["follow"]["followed"] if s["column"] == "alle"]
    assert everybody["share"] == pytest.approx(2 / 3)
    assert {s["column"] for s in found["follow"]["followed"]} >= {
        "forslag",
        "enhet",
        "kjoenn",
        "landbakgrunn",
    }
    assert found["follow"]["speed"]["median_seconds"] == 600
    assert "Ingen varsler." in page
    assert "sier ingenting om personer i Norge" in page
    # Nobody of the register or the journal stands in what is written.
    for line in watched.lines[:50]:
        for told in (page, json.dumps(found)):
            assert line["sak"] not in told
            assert line["innhold"]["forespoersel"]["periodeId"] not in told


def test_a_shift_of_half_a_standard_deviation_is_found_named_and_ends_with_three(
    watched: Watched, tmp_path: Path
) -> None:
    half = float(np.nanstd(watched.prepared.design.values[:, 0])) / 2
    lines = deepcopy(watched.lines)
    for line in lines:
        line["innhold"]["opplysninger"]["alder"] = min(
            64, round(line["innhold"]["opplysninger"]["alder"] + half)
        )
    with pytest.raises(GateError, match="1 alarms"):
        watched.monitor(tmp_path, lines, "--fail-on-alarm")
    found = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert "alder er fordelt annerledes" in found["sections"][0]["text"][0]
    assert len(found["sections"][0]["text"]) == 1


def test_years_later_the_labour_market_has_truly_moved_and_outcomes_are_measured(
    watched: Watched, tmp_path: Path
) -> None:
    later = (watched.prepared.registreringer["registrert"].dt.year() == 2023).arg_true().to_numpy()
    found, page = watched.monitor(tmp_path, journaled(watched, later))
    assert {"ledighet", "ledige_stillinger"} <= set(drift_alarms(found))
    outcome = found["outcomes"]["LANGVARIG_STOENAD"]
    assert outcome["matured"] == later.size
    happened = watched.prepared.outcome(Outcome.LANGVARIG_STOENAD)[later].mean()
    assert outcome["mature"]["figures"]["base"]["value"] == pytest.approx(happened)
    assert (
        outcome["mature"]["gap"]["low"] < outcome["mature"]["gap"]["value"] < outcome["mature"]["gap"]["high"]
    )
    assert outcome["expected_of_mature"]["auc"]["value"] > 0.6
    assert "forutsetter at anslagene er kalibrert" in page
    assert "Forventet og funnet" in page


def test_who_is_not_watched_or_has_no_outcome_is_counted_and_why(watched: Watched, tmp_path: Path) -> None:
    lines = deepcopy(watched.lines)
    for line in lines:
        # An estimate for another day than the extract's has another horizon.
        line["innhold"]["registrert"] = "2015-12-31"
    for line in lines[:20]:
        line["innhold"]["digester"]["bundle"] = "sha256:" + 64 * "e"
    for line in lines[20:35]:
        line["innhold"]["opplysninger"]["alder"] = 70
    again = [line | {"sak": line["sak"].replace("0000-", "0001-", 1)} for line in lines[100:112]]
    refrained = [without_forslag(5000 + sak) for sak in range(11)]
    for line in refrained:
        line["innhold"]["digester"]["bundle"] = "sha256:" + 64 * "e"
    unknown = [line | {"innhold": None} for line in lines[:12]]
    found, _ = watched.monitor(tmp_path, [*lines, *again, *refrained, *unknown])
    assert found["counts"] == {
        "profileringer": ASSESSED + 12 + 11,
        "other_bundle": 31,
        "superseded": 12,
        "outside_age": 15,
        "watched": ASSESSED - 35,
        "erased": 12,
        "without_profilering": 0,
    }
    outcome = found["outcomes"]["LANGVARIG_STOENAD"]
    assert (outcome["matured"], outcome["not_matured"]) == (0, ASSESSED - 35)
    known = [line["innhold"]["forslag"]["regel"] for line in [*lines, *again, *refrained]]
    regler = {share["value"]: share["n"] for share in found["refrain"]["regler"]}
    assert regler["FOR_LITE_GRUNNLAG"] == known.count("FOR_LITE_GRUNNLAG") >= 11
    assert found["follow"] is None


def test_an_empty_journal_is_reported_as_such(watched: Watched, tmp_path: Path) -> None:
    found, page = watched.monitor(tmp_path, [])
    assert found["alarms"] == []
    assert found["drifts"] == []
    assert "For få personer til å måle." in page


def test_estimates_are_compared_on_people_nobody_was_fitted_on(watched: Watched) -> None:
    unknown = never_fitted(watched.prepared.registreringer, watched.config)
    split = watched.prepared.split
    assert not unknown[split.train].any()
    assert unknown[np.concatenate([split.calibrate, split.held_out])].all()


def test_who_gets_no_second_estimate_is_decided_as_the_service_does(watched: Watched) -> None:
    people = registreringer_of(watched.prepared.registreringer[:4000], watched.extract)
    expected = [any(receives(person, ytelse) for ytelse in HEALTH_BENEFITS) for person in people]
    assert has_health_benefit(watched.prepared, watched.extract)[:4000].tolist() == expected
    assert sum(expected) > 10


def test_a_register_that_does_not_reach_back_to_the_learning_period_is_refused(watched: Watched) -> None:
    recent = watched.prepared.registreringer.with_columns(pl.lit(None, dtype=pl.Date).alias("registrert"))
    prepared = replace(watched.prepared, registreringer=recent)
    with pytest.raises(DataError, match="reaches back"):
        reference_of(prepared, watched.extract, watched.model, watched.config)


@pytest.mark.parametrize("run", [b"{}", b"[]", b"{", b'{"config": {"seed": 7, "utfall": {}}}'])
def test_a_bundle_without_its_configuration_is_refused(run: bytes) -> None:
    with pytest.raises(SetupError, match=r"run\.json"):
        config_of_run(run)


def test_every_limit_has_a_source_and_one_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    limits = read_limits()
    assert limits.godkjent_av
    for section in (limits.drift, limits.kalibrering, limits.fulgt, limits.tid, limits.ingen_forslag):
        assert section.kilde
    wrong = tmp_path / "monitor.toml"
    wrong.write_text(
        DEFAULT.read_text("utf-8").replace("hoeyeste_andel = 0.98", "hoeyeste_andel = 98"), "utf-8"
    )
    with pytest.raises(ConfigError, match=r"fulgt\.hoeyeste_andel"):
        read_limits(wrong)
