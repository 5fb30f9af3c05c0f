"""The personas of the synthetic register through the real service, with a model trained on it.

Synthetic: the cases prove machinery, not accuracy in Norway.
"""

import json
import tomllib
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from models.approved import load_approved
from profilering.risk import Outcome
from serving.journal import EntryKind, Journal
from tests.builders import a_service
from tests.candidates import approve_by_hand
from training.candidate import fit_candidate
from training.extract import read_extract
from training.market import published
from training.nav_config import read_nav_config
from training.prepare import prepare
from training.release.publish import bundle_files, write_bundle

ROOT = Path(__file__).parent.parent
PERSONAS = sorted((ROOT / "serving" / "personas").glob("P*.json"))
CASES = tomllib.loads((ROOT / "tests" / "cases" / "personas.toml").read_text("utf-8"))
LANGVARIG, HELSE = Outcome.LANGVARIG_STOENAD, Outcome.HELSERELATERT_YTELSE


@dataclass(frozen=True, slots=True)
class Said:
    """What the service answered each persona, and the exact estimates its journal kept."""

    answers: Mapping[str, Mapping[str, Any]]
    estimates: Mapping[str, Mapping[Outcome, float]]
    later: Mapping[Outcome, list[float]]  # estimates on later cohorts, rising

    def place(self, persona: str, outcome: Outcome) -> float:
        """The persona's percentile among the estimates on later cohorts, 0..100."""
        later = self.later[outcome]
        return 100 * bisect_left(later, self.estimates[persona][outcome]) / len(later)


@pytest.fixture(scope="module")
def said(register: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Said]:
    """Train on 100,000 invented people, approve, serve, and ask for every persona."""
    folder = tmp_path_factory.mktemp("personas")
    config, extract = read_nav_config(), read_extract(register)
    prepared = prepare(extract, config)
    candidate = fit_candidate(prepared, config, threads=2)
    files = bundle_files(candidate, published(extract.arbeidsmarked), "", {}, seed=config.seed)
    manifest = {"version": candidate.model.version, "synthetic": True, "trainer": "a test"}
    digest = write_bundle(files, manifest, folder / "artefacts")
    approve_by_hand(folder / "approved.toml", digest)
    approved = load_approved(folder / "approved.toml", folder / "artefacts")
    test = {outcome: prepared.defined(outcome, prepared.split.test) for outcome in Outcome}
    later = {
        o: sorted(candidate.model.of(o).probabilities(prepared.design.values[rows]).tolist())
        for o, rows in test.items()
    }
    answers = {}
    with a_service(folder / "journal.db", approved) as service:
        for path in PERSONAS:
            response = service.post(json.loads(path.read_text("utf-8")))
            assert response.status_code == 201, (path.stem, response.text)
            answers[path.stem] = response.json()
    yield Said(answers, _journaled(folder / "journal.db", answers), later)


def _journaled(path: Path, answers: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[Outcome, float]]:
    journal = Journal.open(path, timeout_seconds=1)
    try:
        estimates = {}
        for persona, answer in answers.items():
            entry = journal.find(UUID(answer["id"]), EntryKind.PROFILERING)
            assert entry is not None
            kept = json.loads(entry.content)["anslag"]
            estimates[persona] = {Outcome(risk["utfall"]): risk["sannsynlighet"] for risk in kept}
        return estimates
    finally:
        journal.close()


@pytest.mark.parametrize("case", CASES["persona"], ids=lambda case: case["id"])
def test_a_persona_gets_what_we_expect(said: Said, case: dict[str, Any]) -> None:
    persona, answer = case["id"], said.answers[case["id"]]
    for name, outcome in (("langvarig", LANGVARIG), ("helse", HELSE)):
        if name in case:
            low, high = case[name]
            assert low <= said.place(persona, outcome) <= high
    if case.get("helse_ikke_anslaatt"):
        assert HELSE not in said.estimates[persona]
        assert [a["utfall"] for a in answer["anslag"]] == [LANGVARIG]
    assert case.get("forslag", answer["forslag"]["kode"]) == answer["forslag"]["kode"]
    assert case.get("regel", answer["forslag"]["regel"]) == answer["forslag"]["regel"]
    assert case.get("dagens_regel", answer["dagensRegel"]) == answer["dagensRegel"]


@pytest.mark.parametrize("case", CASES["hoeyere"], ids=lambda case: " over ".join(case["enn"]))
def test_one_persona_lies_above_another(said: Said, case: dict[str, Any]) -> None:
    higher, lower = case["enn"]
    for outcome in map(Outcome, case["utfall"]):
        gap = said.estimates[higher][outcome] / said.estimates[lower][outcome]
        assert gap > case.get("ganger", 1), (outcome, case["fordi"])


def test_nobody_is_shown_a_number_beside_a_refusal(said: Said) -> None:
    refused = [a for a in said.answers.values() if a["forslag"]["kode"] == "INGEN_FORSLAG"]
    assert refused
    assert all(answer["anslag"] == [] for answer in refused)
