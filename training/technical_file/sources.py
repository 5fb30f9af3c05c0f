"""Everything a technical file is put together from, read once, each part with the digest of its bytes."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.approved import Approval
from models.bundle import MANIFEST, SIGNATURE, folder_of, read_bundle, verified_files
from models.canonical import digest_of
from models.policy_file import POLICIES, policy_path
from models.risikoregister import RISIKOREGISTER
from models.signature import read_signers, verify_signature
from models.text_file import TEXTS
from profilering.errors import SetupError
from training.about import ROOT
from training.reporting.report import Section
from training.technical_file.answers import DEFAULT as ANSWERS
from training.technical_file.answers import Answers, read_answers
from training.technical_file.card_parts import card_parts
from training.technical_file.evidence import Evidence, Shown, Statement, shown
from training.technical_file.journal_proof import journal_statement


@dataclass(frozen=True, slots=True)
class FilePlaces:
    """Where everything lies. The defaults are the checkout's own files."""

    artefacts: Path
    out: Path  # where `train` wrote its reports
    approved: Path
    signers: Path
    gates: Path
    limits: Path  # of monitoring
    answers: Path = ANSWERS
    risks: Path = RISIKOREGISTER
    policies: Path = POLICIES
    texts: Path = TEXTS
    root: Path = ROOT  # of the checkout
    export: Path | None = None  # of the journal
    keys: tuple[str, ...] = ()  # public, in base64: whose checkpoints count
    monitoring: Path | None = None  # folder with what `monitor` wrote


@dataclass(frozen=True, slots=True)
class Sources:
    """What was read. Every `Shown` carries its evidence."""

    bundle: str  # sha256:…
    version: str
    synthetic: bool
    trainer: str
    files: Mapping[str, Shown]  # of the bundle
    run: Mapping[str, Any]  # run.json
    card: Mapping[str, Section]  # by heading
    signed: Statement
    report: Shown | None
    approved: Shown
    approvals: tuple[Approval, ...]  # all, oldest first
    policy: Shown
    policies: tuple[Shown, ...]
    texts: tuple[Shown, ...]
    gates: Shown
    limits: Shown
    risks: Shown | None
    monitoring: Shown | None
    journal: Statement
    answers: Answers
    answers_file: Shown
    root: Path

    @property
    def approval(self) -> Approval | None:
        """The newest approval of this bundle."""
        return next((one for one in reversed(self.approvals) if one.bundle == self.bundle), None)

    def of_root(self, name: str) -> Shown:
        """A file of the checkout. Raises SetupError when it is not there."""
        return shown(self.root / name, name)


def read_sources(bundle: str, places: FilePlaces) -> Sources:
    """Read and verify. Raises SetupError naming what cannot be read, CallerError for faulty answers."""
    folder = folder_of(places.artefacts, bundle)
    read = read_bundle(folder, bundle)
    files = {
        name: Shown(content, Evidence(f"pakken/{name}", digest_of(content), folder / name))
        for name, content in verified_files(folder, bundle).items()
    }
    run = json.loads(files["run.json"].content)
    approved = _of(places.root, places.approved)
    approvals = _approvals(approved)
    policy = next((a.policy for a in reversed(approvals) if a.bundle == bundle), None)
    return Sources(
        bundle=bundle,
        version=read.model.version,
        synthetic=read.manifest["synthetic"] is True,
        trainer=str(read.manifest["trainer"]),
        files=files,
        run=run,
        card=card_parts(read.card),
        signed=_signed(folder, _of(places.root, places.signers), files),
        report=_if_there(places.out / read.model.version / "report.json", "rapporten/report.json"),
        approved=approved,
        approvals=approvals,
        policy=_of(
            places.root, policy_path(policy or run["config"]["evaluering"]["policy"], places.policies)
        ),
        policies=tuple(_of(places.root, path) for path in sorted(places.policies.glob("*.toml"))),
        texts=tuple(_of(places.root, path) for path in sorted(places.texts.glob("*.toml"))),
        gates=_of(places.root, places.gates),
        limits=_of(places.root, places.limits),
        risks=_of(places.root, places.risks) if places.risks.exists() else None,
        monitoring=_monitoring(places.monitoring),
        journal=journal_statement(places.export, places.keys, bundle, places.root),
        answers=read_answers(places.answers),
        answers_file=_of(places.root, places.answers),
        root=places.root,
    )


def _of(root: Path, path: Path) -> Shown:
    """A file by its path in the checkout, or by its name where it lies elsewhere."""
    inside = path.resolve().is_relative_to(root.resolve())
    name = path.resolve().relative_to(root.resolve()).as_posix() if inside else path.name
    return shown(path, name)


def _if_there(path: Path, name: str) -> Shown | None:
    return shown(path, name) if path.exists() else None


def _monitoring(folder: Path | None) -> Shown | None:
    return None if folder is None else shown(folder / "report.json", "overvaaking/report.json")


def _approvals(file: Shown) -> tuple[Approval, ...]:
    try:
        entries = tomllib.loads(file.text).get("godkjenning", [])
        return tuple(Approval(**{key: str(value) for key, value in one.items()}) for one in entries)
    except (ValueError, TypeError, AttributeError) as problem:
        raise SetupError(f"{file.evidence.name} cannot be read: {problem}") from None


def _signed(folder: Path, signers: Shown, files: Mapping[str, Shown]) -> Statement:
    try:
        signer = verify_signature(folder, read_signers(signers.evidence.path))
    except SetupError as problem:
        return Statement(missing=f"signaturen kan ikke bekreftes: {problem}")
    signature = shown(folder / SIGNATURE, f"pakken/{SIGNATURE}").evidence
    evidence = (signature, files[MANIFEST].evidence, signers.evidence)
    told = f"Pakken er signert av {signer.name} med Ed25519-nøkkelen {signer.public_key}."
    return Statement((told,), (), evidence)
