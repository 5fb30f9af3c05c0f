"""Approving a bundle: a line in a file, by somebody else than whoever trained it."""

import json
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from models.bundle import folder_of, read_bundle
from models.policy_file import read_policy_version
from profilering.errors import CallerError

HEADER = "# Den siste [[godkjenning]] gjelder; de eldre blir stående.\n"


@dataclass(frozen=True, slots=True)
class Decision:
    """Who lets which bundle answer under which policy, when and why."""

    bundle: str  # sha256:…
    policy: str
    godkjent_av: str
    godkjent: date
    begrunnelse: str


def approve(decision: Decision, artefacts: Path, approved: Path) -> None:
    """Append a decision to the file of approvals, after reading bundle and policy as the service would.

    Raises CallerError when approver and trainer are the same, no reason is given or it cannot be
    written as TOML, and SetupError when bundle or policy cannot be served.
    """
    bundle = read_bundle(folder_of(artefacts, decision.bundle), decision.bundle)
    read_policy_version(decision.policy)
    if not decision.begrunnelse.strip() or not decision.godkjent_av.strip():
        raise CallerError("an approval needs a name and a reason; give --approver and --why")
    if _same_name(decision.godkjent_av, str(bundle.manifest["trainer"])):
        raise CallerError(f"{decision.godkjent_av} trained this model; somebody else must approve it")
    approved.parent.mkdir(parents=True, exist_ok=True)
    before = approved.read_text("utf-8") if approved.exists() else HEADER
    after = before.rstrip("\n") + "\n\n" + _entry(decision)
    try:
        tomllib.loads(after)
    except tomllib.TOMLDecodeError as problem:
        raise CallerError(f"{approved.name} would no longer be read: {problem}; write plain text") from None
    making = approved.with_suffix(".making")
    making.write_text(after, "utf-8")
    making.replace(approved)


def _same_name(one: str, other: str) -> bool:
    """Whether two names differ in capitals and blanks only."""
    return "".join(one.casefold().split()) == "".join(other.casefold().split())


def _entry(decision: Decision) -> str:
    def quoted(text: str) -> str:
        """A JSON string of printable text is a TOML basic string."""
        return json.dumps(text, ensure_ascii=False)

    return (
        "[[godkjenning]]\n"
        f"bundle = {quoted(decision.bundle)}\n"
        f"policy = {quoted(decision.policy)}\n"
        f"godkjent_av = {quoted(decision.godkjent_av)}\n"
        f"godkjent = {decision.godkjent.isoformat()}\n"
        f"begrunnelse = {quoted(decision.begrunnelse)}\n"
    )
