"""Approving a bundle: a line in a file, by somebody else than whoever made it, on evidence that is there.

The file is the change log as well: entries are only added, and the last one is in force. Going
back to an older model is approving it again.
"""

import fcntl
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from models.approved import Approval, last_approval, same_name
from models.bundle import folder_of, read_bundle, verified_files
from models.canonical import digest_of
from models.policy_file import read_policy_version
from models.signature import read_signers, verify_signature
from profilering.errors import CallerError, GateError, SetupError
from training.release.registry import set_champion, version_of

HEADER = "# Den siste [[godkjenning]] gjelder; de eldre blir stående.\n"


@dataclass(frozen=True, slots=True)
class Decision:
    """Who lets which bundle answer under which policy, when and why."""

    bundle: str  # sha256:…
    policy: str
    godkjent_av: str
    godkjent: date
    begrunnelse: str


@dataclass(frozen=True, slots=True)
class ApprovalPlaces:
    """Where the evidence lies, and where the approval is written."""

    artefacts: Path
    out: Path  # where `train` wrote its reports
    signers: Path
    approved: Path
    registry: Path | None  # the MLflow store; None: approve without one


def approve(decision: Decision, places: ApprovalPlaces) -> Approval:
    """Let a bundle answer for us: verify everything, write it down, then name it champion.

    A run killed in between leaves an approval in force and an alias behind it; the same call again
    adds nothing to the file and sets the alias. Raises CallerError when the decision is not one
    that may be made, GateError when the gates are not shown to have passed, and SetupError when
    evidence is missing or bundle or policy cannot be served.
    """
    approval = _weighed(decision, places)
    if places.registry is not None:
        version_of(places.registry, decision.bundle)
    places.approved.parent.mkdir(parents=True, exist_ok=True)
    with _alone_in(places.approved.parent) as folder:
        written = _append(approval, places.approved)
        os.fsync(folder)
    if places.registry is not None:
        set_champion(places.registry, decision.bundle)
    return written


def _weighed(decision: Decision, places: ApprovalPlaces) -> Approval:
    """The approval with its evidence, when nothing speaks against it."""
    folder = folder_of(places.artefacts, decision.bundle)
    bundle = read_bundle(folder, decision.bundle)
    read_policy_version(decision.policy)
    if not decision.begrunnelse.strip() or not decision.godkjent_av.strip():
        raise CallerError("an approval needs a name and a reason; give --approver and --why")
    if same_name(decision.godkjent_av, str(bundle.manifest["trainer"])):
        raise CallerError(f"{decision.godkjent_av} trained this model; somebody else must approve it")
    signer = verify_signature(folder, read_signers(places.signers))
    if same_name(decision.godkjent_av, signer.name):
        raise CallerError(f"{decision.godkjent_av} signed this model; somebody else must approve it")
    files = verified_files(folder, decision.bundle)
    return Approval(
        bundle=decision.bundle,
        policy=decision.policy,
        godkjent_av=decision.godkjent_av,
        godkjent=decision.godkjent.isoformat(),
        begrunnelse=decision.begrunnelse,
        modellkort=_digest_of_card(files),
        rapport=_digest_of_report(places.out / bundle.model.version / "report.json"),
        grenser_bestaatt=_gates_passed(json.loads(files["run.json"])),
        signert_av=signer.name,
    )


def _digest_of_card(files: Mapping[str, bytes]) -> str:
    card = files.get("card.md", b"")
    if not card.strip():
        raise SetupError("the bundle has no model card (card.md is missing or empty); train it again")
    return digest_of(card)


def _digest_of_report(path: Path) -> str:
    try:
        return digest_of(path.read_bytes())
    except OSError as problem:
        raise SetupError(
            f"the report of the run, {path}, cannot be read ({problem.strerror}); "
            "give --out, or copy it there"
        ) from None


def _gates_passed(run: Mapping[str, Any]) -> str:
    """Count the gates of the run. Raises GateError unless there are some and all have passed."""
    gates = run.get("gates") or ()
    if not gates:
        raise GateError("the bundle's run.json shows no gates; train it again with this version")
    failed = [f"{g.get('gate')} ({g.get('utfall')})" for g in gates if g.get("bestaatt") is not True]
    if failed:
        raise GateError(f"gates have not passed: {', '.join(failed)}; such a model is not approved")
    return f"{len(gates)} av {len(gates)}"


def _append(approval: Approval, path: Path) -> Approval:
    """Add the entry to the file, durably, unless the same one is in force already; give the one that is."""
    before = path.read_text("utf-8") if path.exists() else HEADER
    in_force = last_approval(path) if path.exists() else None
    if in_force is not None and _undated(in_force) == _undated(approval):
        return in_force
    new = replace(approval, erstatter=in_force.bundle if in_force is not None else "")
    after = before.rstrip("\n") + "\n\n" + _entry(new)
    try:
        tomllib.loads(after)
        content = after.encode()
    except ValueError as problem:
        raise CallerError(f"{path.name} would no longer be read: {problem}; write plain text") from None
    _write_durably(path, content)
    return new


def _undated(approval: Approval) -> Approval:
    return replace(approval, godkjent="", erstatter="")


def _entry(approval: Approval) -> str:
    def written(name: str) -> str:
        """A JSON string of printable text is a TOML basic string; a day stands bare."""
        text = str(getattr(approval, name))
        return text if name == "godkjent" else json.dumps(text, ensure_ascii=False)

    lines = [f"{field.name} = {written(field.name)}" for field in fields(approval)]
    return "\n".join(["[[godkjenning]]", *lines, ""])


@contextmanager
def _alone_in(folder: Path) -> Iterator[int]:
    """Hold the folder while a file in it is read and replaced: two approvals at once would lose one.

    The lock goes with the process, however it ends.
    """
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield held
    finally:
        os.close(held)


def _write_durably(path: Path, content: bytes) -> None:
    """Replace a file whole: a killed run leaves the old one, and at most a `.making` the next replaces."""
    making = path.with_suffix(".making")
    with making.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    making.replace(path)
