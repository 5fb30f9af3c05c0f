"""The report of a run: what a data scientist, a jurist and an auditor each look for, on one page."""

from collections.abc import Mapping
from dataclasses import dataclass

from profilering.risk import Outcome
from training.about import About
from training.data_notes import DataNote, notes_section
from training.evaluation.evaluate import CurveBin
from training.judging.consequences import Consequences
from training.judging.examine import Examination
from training.judging.level import LevelFindings
from training.judging.measure import CANDIDATE, RULE, Measured
from training.judging.subject import Subject
from training.release.gates import BOTH, GateResult
from training.reporting.comparison_sections import (
    by_year_section,
    capacity_section,
    comparison_section,
    decision_section,
)
from training.reporting.explanation_sections import explanation_sections
from training.reporting.fairness_sections import fairness_sections
from training.reporting.figures import calibration_figure
from training.reporting.level_section import level_section
from training.reporting.numbers import interval_text
from training.reporting.policy_sections import coverage_section, policy_sections
from training.reporting.report import Report, Section, Table
from training.reporting.robustness_sections import robustness_sections
from training.reporting.tune_section import tuning_section
from training.reporting.words import NAMES, SIDES, TITLES, limits_of, slug_of
from training.tune import Tuned


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything one run found; `examination` and `level` are missing where no model was fitted anew."""

    version: str
    subject: Subject
    measured: Mapping[Outcome, Measured]
    examination: Examination | None
    level: Mapping[Outcome, LevelFindings] | None
    notes: tuple[DataNote, ...]
    about: About
    tuned: Tuned | None = None
    consequences: Consequences | None = None


def nav_report(found: Findings, gates: tuple[GateResult, ...]) -> Report:
    """The whole report: headline and gates first, then each outcome, groups, explanations, doubts."""
    sections = [_headline(found, gates), *([gates_section(gates)] if gates else []), _people(found)]
    if found.notes:
        sections.append(notes_section(found.notes))
    for outcome, measured in found.measured.items():
        sections += _outcome(outcome, measured)
    covered = {outcome: measured.coverage for outcome, measured in found.measured.items()}
    sections.append(coverage_section(covered, limits_of(synthetic=found.about.synthetic)))
    if found.consequences is not None:
        sections += policy_sections(found.consequences)
    for outcome, measured in found.measured.items():
        sections += fairness_sections(TITLES[outcome], f"grupper-{slug_of(outcome)}", measured.fairness)
    for outcome, measured in found.measured.items():
        sections += explanation_sections(outcome, TITLES[outcome], measured.explanations)
    if found.examination is not None:
        sections += robustness_sections(found.examination, TITLES)
    if found.tuned is not None:
        sections.append(tuning_section(found.tuned))
    if found.level is not None:
        sections += [level_section(outcome, TITLES[outcome], level) for outcome, level in found.level.items()]
    return Report(
        f"Treningsrapport: {found.version}",
        limits_of(synthetic=found.about.synthetic),
        (*sections, _origin(found.about)),
    )


def metrics_of(measured: Mapping[Outcome, Measured]) -> dict[str, float]:
    """The figures MLflow keeps, by outcome, side and model."""
    return {
        f"{outcome.value.lower()}.{side}.{name}.{figure}": getattr(model.metrics, figure)
        for outcome, m in measured.items()
        for side, compared in (("held_out", m.held_out), ("test", m.test))
        for name, model in compared.models.items()
        for figure in ("auc", "auc_low", "auc_high", "brier", "ece", "slope", "mean_estimate", "base")
    }


def gates_section(gates: tuple[GateResult, ...]) -> Section:
    """Pass or fail with the figures, then where each limit comes from; kept with the bundle too."""
    rows = tuple((g.gate, _about_what(g), g.krav, g.funnet, verdict(g)) for g in gates)
    sources = tuple({g.gate: (g.gate, g.kilde) for g in gates}.values())
    tables = (
        Table("Krav og funn", ("Grense", "Utfall", "Krav", "Funnet", "Dom"), rows),
        Table("Hvor grensene kommer fra", ("Grense", "Kilde"), sources),
    )
    return Section("Grenser", (), tables)


def _about_what(gate: GateResult) -> str:
    return "Begge" if gate.utfall == BOTH else TITLES[Outcome(gate.utfall)]


def verdict(gate: GateResult) -> str:
    """In words that nobody can overlook in grey print."""
    return "bestått" if gate.bestaatt else "IKKE BESTÅTT"


def _headline(found: Findings, gates: tuple[GateResult, ...]) -> Section:
    failed = [gate for gate in gates if not gate.bestaatt]
    told = (
        "Alle grensene holder. Modellen er publisert som utfordrer og venter på en annens godkjenning."
        if not failed
        else f"{len(failed)} av {len(gates)} grenser holder ikke. Ingenting er publisert."
    )
    rows = tuple(
        (
            TITLES[outcome],
            interval_text(m.test.models[CANDIDATE].intervals["auc"]),
            interval_text(m.test.models[RULE].intervals["auc"]),
            interval_text(m.held_out.models[CANDIDATE].intervals["ece"]),
            interval_text(m.test.models[CANDIDATE].intervals["slope"], decimals=2),
            m.test.models[CANDIDATE].metrics.mean_estimate - m.test.models[CANDIDATE].metrics.base,
        )
        for outcome, m in found.measured.items()
    )
    header = ("Utfall", "AUC, senere kull", "AUC, dagens regel", "ECE, holdt utenfor", "Helning", "Nivåavvik")
    return Section("Kort fortalt", (told,) if gates else (), (Table("Det viktigste", header, rows),))


def _people(found: Findings) -> Section:
    counts, split = found.subject.prepared.counts, found.subject.prepared.split
    rows = (
        ("Registreringer i uttrekket", counts["registreringer"]),
        ("Utenfor aldersgrensene", counts["utenfor_alder"]),
        ("Horisonten er ikke over", counts["horisont_ikke_over"]),
        ("Trent på", split.train.size),
        ("Kalibrert på", split.calibrate.size),
        (SIDES["held_out"], split.held_out.size),
        (SIDES["test"], split.test.size),
    )
    text = (
        "Ingen person står på to sider. De som ikke er med på noen side, er registrert mellom periodene, "
        "eller personen er gitt til en annen side.",
    )
    return Section("Hvem er med?", text, (Table("Registreringer", ("Hvem", "Antall"), rows),))


def _outcome(outcome: Outcome, measured: Measured) -> list[Section]:
    title, slug = TITLES[outcome], slug_of(outcome)
    curves: dict[str, tuple[CurveBin, ...]] = {SIDES[side]: bins for side, bins in measured.curves.items()}
    figure = calibration_figure(f"kalibrering-{slug}", f"{title}: anslag og det som skjedde", curves)
    return [
        Section(f"{title}: sier anslaget det det mener?", (), (), (figure,)),
        comparison_section(f"{title}: {SIDES['test'].lower()}", measured.test, NAMES),
        comparison_section(f"{title}: {SIDES['held_out'].lower()}", measured.held_out, NAMES),
        by_year_section(f"{title}: kalibrering år for år", f"aar-{slug}", measured.by_year),
        decision_section(f"{title}: er modellen verdt å følge?", f"nytte-{slug}", measured.decision, NAMES),
        capacity_section(f"{title}: til planlegging", measured.capacity),
    ]


def _origin(about: About) -> Section:
    rows = (
        ("Register", about.register),
        ("Trukket", about.extract_date),
        ("Kode", about.code),
        ("Commit", about.commit + (" med endringer som ikke er lagret" if about.uncommitted else "")),
        ("Lås", about.lock or "finnes ikke"),
        ("Trent av", about.trainer),
        *sorted(about.libraries.items()),
    )
    return Section("Opphav", (), (Table("Hva kjøringen er laget av", ("Hva", "Verdi"), rows),))
