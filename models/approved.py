"""What has been approved: a reviewed line in a file, joined by a digest to bytes outside git."""

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from models.bundle import folder_of, read_bundle
from models.canonical import digest_of
from models.policy_file import policy_path, read_policy_version
from models.text_file import ANSWERED_IN, LANGUAGES, digest_name, read_tekster, text_path
from profilering.assess import Basis
from profilering.errors import SetupError
from profilering.tekster import Tekster, hold_together

APPROVED = Path(__file__).parent / "approved.toml"
ARTEFACTS = Path(__file__).parent / "artefacts"


@dataclass(frozen=True, slots=True)
class Approved:
    """Everything an answer stands on, with the digests that prove which it was."""

    basis: Basis
    model_version: str
    digests: Mapping[str, str]  # bundle, policy, tekster, tekster_nn, … → sha256:…
    synthetic: bool  # trained on the synthetic register: its figures say nothing of Norway
    other_languages: Mapping[str, Tekster] = field(default_factory=dict)  # than that of the basis
    card: str = ""  # the model's, in Markdown; empty where its bundle has none

    def by(self, method: str) -> "Approved":
        """The same, with contributions computed as the journal names it. Raises SetupError: not here."""
        return replace(self, basis=replace(self.basis, model=self.basis.model.by(method)))

    def tekster(self, spraak: str) -> Tekster | None:
        """The texts of a language; None where there are none."""
        own = self.basis.tekster
        return own if spraak == own.spraak else self.other_languages.get(spraak)


@dataclass(frozen=True, slots=True)
class Approval:
    """One line of the change log: who let which bundle and policy answer for us, why, on what evidence.

    The evidence is empty in entries written before it was asked for.
    """

    bundle: str  # sha256:…
    policy: str
    godkjent_av: str
    godkjent: str  # day
    begrunnelse: str
    modellkort: str = ""  # sha256:… of the bundle's card.md
    rapport: str = ""  # sha256:… of the run's report.json
    grenser_bestaatt: str = ""  # "n av n"
    signert_av: str = ""
    erstatter: str = ""  # sha256:… of the bundle that answered until then; empty for the first


def load_approved(path: Path = APPROVED, artefacts: Path = ARTEFACTS) -> Approved:
    """Verify and load what is approved. Raises SetupError saying why nothing can be served."""
    approval = read_approval(path)
    bundle = read_bundle(folder_of(artefacts, approval.bundle), approval.bundle)
    for maker in (str(bundle.manifest["trainer"]), approval.signert_av):
        if same_name(approval.godkjent_av, maker):
            raise SetupError(
                f"{path.name}: {approval.godkjent_av} trained or signed the model and may not approve it; "
                "have somebody else approve it"
            )
    tekster = {spraak: read_tekster(text_path(spraak)) for spraak in LANGUAGES}
    hold_together(tekster)
    policy = read_policy_version(approval.policy)
    basis = Basis(bundle.model, bundle.arbeidsmarked, policy, tekster.pop(ANSWERED_IN))
    digests = {
        "bundle": bundle.digest,
        "policy": digest_of(policy_path(approval.policy).read_bytes()),
        **{digest_name(spraak): digest_of(text_path(spraak).read_bytes()) for spraak in LANGUAGES},
    }
    return Approved(
        basis, bundle.model.version, digests, bool(bundle.manifest["synthetic"]), tekster, bundle.card
    )


def read_approval(path: Path) -> Approval:
    """Read the approval in force: the last [[godkjenning]] of the file. Raises SetupError."""
    approval = last_approval(path)
    if approval is None:
        raise SetupError(f"{path.name} approves no model; approve one with `python -m training approve`")
    return approval


def last_approval(path: Path) -> Approval | None:
    """The approval in force, or None where the file approves nothing yet. Raises SetupError."""
    entries = _entries(path)
    return _approval(entries[-1], path, "the last godkjenning") if entries else None


def every_approval(path: Path) -> tuple[Approval, ...]:
    """Every approval there ever was, the first one first. Raises SetupError."""
    return tuple(
        _approval(entry, path, f"godkjenning number {number}")
        for number, entry in enumerate(_entries(path), 1)
    )


def _entries(path: Path) -> list[Any]:
    try:
        entries = tomllib.loads(path.read_text("utf-8")).get("godkjenning", [])
    except (OSError, ValueError) as problem:
        raise SetupError(f"{path.name} cannot be read: {problem}") from None
    if not isinstance(entries, list):
        raise SetupError(f"{path.name}: godkjenning is not whole: it is no list; write [[godkjenning]]")
    return entries


def _approval(entry: Any, path: Path, which: str) -> Approval:
    try:
        return Approval(**{key: str(value) for key, value in entry.items()})
    except (TypeError, AttributeError, KeyError) as problem:
        raise SetupError(f"{path.name}: {which} is not whole: {problem}") from None


def same_name(one: str, other: str) -> bool:
    """Whether two names differ in capitals, blanks and ways to write the same letter only."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
