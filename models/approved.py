"""What has been approved: a reviewed line in a file, joined by a digest to bytes outside git."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.bundle import folder_of, read_bundle
from models.canonical import digest_of
from models.policy_file import policy_path, read_policy_version
from models.text_file import read_tekster, text_path
from profilering.assess import Basis
from profilering.errors import SetupError

APPROVED = Path(__file__).parent / "approved.toml"
ARTEFACTS = Path(__file__).parent / "artefacts"
LANGUAGE = "nb"


@dataclass(frozen=True, slots=True)
class Approved:
    """Everything an answer stands on, with the digests that prove which it was."""

    basis: Basis
    model_version: str
    digests: Mapping[str, str]  # bundle, policy, tekster → sha256:…
    synthetic: bool  # trained on the synthetic register: its figures say nothing of Norway


@dataclass(frozen=True, slots=True)
class Approval:
    """One line of the change log: who let which bundle and policy answer for us, and why."""

    bundle: str  # sha256:…
    policy: str
    godkjent_av: str
    godkjent: str  # day
    begrunnelse: str


def load_approved(path: Path = APPROVED, artefacts: Path = ARTEFACTS) -> Approved:
    """Verify and load what is approved. Raises SetupError saying why nothing can be served."""
    approval = read_approval(path)
    bundle = read_bundle(folder_of(artefacts, approval.bundle), approval.bundle)
    policy_file, text_file = policy_path(approval.policy), text_path(LANGUAGE)
    basis = Basis(
        bundle.model, bundle.arbeidsmarked, read_policy_version(approval.policy), read_tekster(text_file)
    )
    digests = {
        "bundle": bundle.digest,
        "policy": digest_of(policy_file.read_bytes()),
        "tekster": digest_of(text_file.read_bytes()),
    }
    return Approved(basis, bundle.model.version, digests, bool(bundle.manifest["synthetic"]))


def read_approval(path: Path) -> Approval:
    """Read the approval in force: the last [[godkjenning]] of the file. Raises SetupError."""
    try:
        entries = tomllib.loads(path.read_text("utf-8")).get("godkjenning", [])
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise SetupError(f"{path.name} cannot be read: {problem}") from None
    if not entries:
        raise SetupError(f"{path.name} approves no model; approve one with `python -m training approve`")
    try:
        return Approval(**{key: str(value) for key, value in entries[-1].items()})
    except (TypeError, AttributeError, KeyError) as problem:
        raise SetupError(f"{path.name}: the last godkjenning is not whole: {problem}") from None
