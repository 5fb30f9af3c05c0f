"""Putting the file together: a statement to every need of Annex IV, and what lacks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from training.technical_file import from_release, from_run
from training.technical_file.annex import ANNEX, ANSWERED_IN_WORDS, NEEDS, Need, Point
from training.technical_file.answers import stated
from training.technical_file.evidence import Statement
from training.technical_file.sources import Sources

FROM_FILES: Mapping[str, Callable[[Sources], Statement]] = {
    "formaal": from_run.purpose,
    "versjon": from_run.version,
    "programvare": from_run.software,
    "innstillinger": from_run.settings,
    "regler": from_release.rules,
    "regler_godkjent": from_release.rules_approved,
    "datasett": from_run.data_set,
    "opplysninger": from_run.opplysninger,
    "tekster_godkjent": from_release.texts_approved,
    "maal": from_run.measures,
    "grenser": from_run.gates,
    "rapport": from_run.run_report,
    "signert": from_run.signed,
    "grenser_godkjent": from_release.gates_approved,
    "grupper": from_run.groups,
    "begrensninger": from_run.limitations,
    "utilsiktet": from_release.unintended,
    "inndata": from_run.input_data,
    "journalbevis": from_release.journal,
    "risikoregister": from_release.risk_register,
    "risikoregister_godkjent": from_release.risks_approved,
    "godkjenninger": from_release.approvals,
    "regelversjoner": from_release.rule_versions,
    "endringslogg": from_release.changes,
    "overvaakingsplan": from_release.plan,
    "overvaakingsplan_godkjent": from_release.plan_approved,
}
"""What makes each statement that no person writes."""


@dataclass(frozen=True, slots=True)
class Lack:
    """A need that nothing meets."""

    point: Point
    need: Need
    why: str


@dataclass(frozen=True, slots=True)
class TechnicalFile:
    """A statement to every need, by name, and whom it is about."""

    version: str
    bundle: str  # sha256:…
    synthetic: bool
    statements: Mapping[str, Statement]

    @property
    def lacks(self) -> tuple[Lack, ...]:
        """Every need without an answer that something shows, in the order of the Annex."""
        return tuple(
            Lack(point, need, fault)
            for point in ANNEX
            for need in point.needs
            if (fault := self.statements.get(need.name, NOTHING).fault)
        )


NOTHING = Statement()


def assemble(found: Sources) -> TechnicalFile:
    """Answer every need from the sources."""
    own = found.answers_file.evidence
    words = {name: stated(name, found.answers, found.root, own) for name in ANSWERED_IN_WORDS}
    made = {name: make(found) for name, make in FROM_FILES.items()}
    statements = {name: (words | made)[name] for name in NEEDS}
    return TechnicalFile(found.version, found.bundle, found.synthetic, statements)
