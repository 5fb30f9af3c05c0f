"""What auditors look up: models with their cards, and texts with their owners."""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from models.approved import Approval, every_approval
from models.archive import BUNDLES, TEXTS
from models.bundle import folder_of, verified_files
from models.canonical import digest_of
from models.text_file import LANGUAGES, read_tekster, text_path
from profilering.errors import SetupError
from profilering.tekster import Tekster
from serving.revisjon.kilder import Hyller

CARD, MANIFEST = "card.md", "manifest.json"
SECTION = "\n## "


@dataclass(frozen=True, slots=True)
class Modell:
    """A bundle that was approved, as it was approved, and whether it can be read here."""

    godkjenning: Approval
    navn: str  # the model's version; empty where the bundle is not here
    syntetisk: bool
    deler: tuple[tuple[str, str], ...]  # of the card: heading and Markdown
    digester: Mapping[str, str]  # of every file of the bundle


@dataclass(frozen=True, slots=True)
class Tekstutgave:
    """The texts of one language, as a file has them."""

    tekster: Tekster
    digest: str
    eier: str
    godkjent: str

    def deler(self) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
        """Every sentence by section and key."""
        for name, lines in self.tekster.sections.items():
            yield name, tuple(lines.items())
        for name, lines in self.tekster.opplysning.items():
            yield f"opplysning.{name}", tuple(lines.items())
        for name, lines in self.tekster.utfall.items():
            yield f"utfall.{name}", tuple(lines.items())


def model_of(digest: str, hyller: Hyller) -> Modell | None:
    """The newest approval of a bundle, with its card; None where it was never approved. Raises SetupError."""
    approvals = [each for each in every_approval(hyller.approved) if each.bundle == digest]
    return _model(approvals[-1], hyller) if approvals else None


def models_of(hyller: Hyller) -> tuple[Modell, ...]:
    """Every approval as it was made, the newest first. Raises SetupError."""
    return tuple(_model(each, hyller) for each in reversed(every_approval(hyller.approved)))


def _model(approval: Approval, hyller: Hyller) -> Modell:
    for folder in (hyller.artefacts, hyller.arkiv / BUNDLES):
        try:
            files = verified_files(folder_of(folder, approval.bundle), approval.bundle)
        except SetupError:
            continue
        manifest = json.loads(files[MANIFEST])
        card = files.get(CARD, b"").decode()
        return Modell(
            approval,
            str(manifest["version"]),
            bool(manifest["synthetic"]),
            tuple(_sections(card)),
            {MANIFEST: approval.bundle, **manifest["files"]},
        )
    return Modell(approval, "", syntetisk=False, deler=(), digester={})


def _sections(card: str) -> Iterator[tuple[str, str]]:
    first, *others = card.split(SECTION)
    yield "Begrensninger", first.partition("\n")[2]
    for part in others:
        heading, _, text = part.partition("\n")
        yield heading, text


def html_of(markdown: str) -> str:
    """A part of a card as HTML: no markup of its own gets through, and its tables can be scrolled."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "link", "autolink"])
    reader.add_render_rule("table_open", _table_open)
    reader.add_render_rule("table_close", _table_close)
    tokens = reader.parse(markdown)
    for token in tokens:
        if token.type.startswith("heading"):
            token.tag = "h3"  # under the page's own two
    return str(reader.renderer.render(tokens, reader.options, {}))


def _table_open(_self: object, tokens: Sequence[Token], place: int, *_others: object) -> str:
    number = 1 + sum(token.type == "table_open" for token in tokens[:place])
    return f'<div class="bred" role="region" aria-label="Tabell {number}" tabindex="0"><table class="kullet">'


def _table_close(*_arguments: object) -> str:
    return "</table></div>"


def texts_of() -> tuple[Tekstutgave, ...]:
    """The texts that are read now, one of each language. Raises SetupError."""
    return tuple(_texts(text_path(spraak)) for spraak in LANGUAGES)


def text_by(digest: str, hyller: Hyller) -> Tekstutgave | None:
    """The texts of this digest, read now or kept in the archive; None: nowhere. Raises SetupError."""
    for utgave in texts_of():
        if utgave.digest == digest:
            return utgave
    kept = hyller.arkiv / TEXTS / f"{digest.removeprefix('sha256:')}.toml"
    archived = _texts(kept) if kept.is_file() else None
    return archived if archived is not None and archived.digest == digest else None


def _texts(path: Path) -> Tekstutgave:
    tekster, content = read_tekster(path), path.read_bytes()
    about = tomllib.loads(content.decode())
    return Tekstutgave(tekster, digest_of(content), str(about.get("eier")), str(about.get("godkjent")))
