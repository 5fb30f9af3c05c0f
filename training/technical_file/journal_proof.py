"""What an export of the journal proves: that its chain holds, how far signed checkpoints go, who answered.

The check is the auditors' own program, run as they run it: a program of its own, with Python and
nothing else. It is the checkout's copy; the one in the export is not trusted to check itself.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from profilering.errors import CallerError, SetupError
from training.reporting.report import Table
from training.technical_file.evidence import Evidence, Statement, named_only, shown

VERIFIER = Path("serving", "journal", "etterproev.py")
NOT_GIVEN = "gi en eksport av journalen (--export) og den offentlige nøkkelen (--key)"


def journal_statement(export: Path | None, keys: Sequence[str], bundle: str, root: Path) -> Statement:
    """Check an export and say what it proves; `keys` are public keys got elsewhere, in base64.

    Raises SetupError when the export cannot be read, CallerError for a key that is none.
    """
    if export is None or not keys:
        return Statement(missing=NOT_GIVEN)
    program = named_only(root / VERIFIER, VERIFIER.as_posix())
    journal = named_only(export / "journal.jsonl", "eksport/journal.jsonl")
    lines, holds = _checked(program.path, export, keys)
    if not holds:
        return Statement(missing=f"journalen er ikke som den ble skrevet: {lines[0]}")
    head = _newest_checkpoint(export)
    if head is None:
        return Statement(missing="eksporten har ingen sjekkpunkter: da kan hele journalen være skrevet om")
    content, checkpoint = head
    kinds, answered = _entries(export, bundle)
    rows: list[tuple[str, str | int]] = [
        (f"Innføringer av slaget {kind}", count) for kind, count in sorted(kinds.items())
    ]
    rows += [
        ("Profileringer der denne modellen svarte", answered),
        ("Siste signerte sjekkpunkt", f"nummer {content['nummer']}, {content['tidspunkt']}"),
        ("Sjekkpunktets digest (kjedens hode der)", content["digest"]),
        ("Nøkkelen det er signert med", content["noekkel"]),
    ]
    told = (
        "Hver innføring binder den før med SHA-256, og hodet av kjeden signeres jevnlig (artikkel 12). "
        "Eksporten er etterprøvd med programmet under, mot nøkler som ble oppgitt utenfra, og det sa:",
        *lines,
    )
    table = Table("Hva eksporten holder", ("Hva", "Funnet"), tuple(rows))
    return Statement(told, (table,), (journal, checkpoint, program))


def _checked(program: Path, export: Path, keys: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """What the program said, and whether all is in order."""
    named = [word for key in keys for word in ("--noekkel", key)]
    done = subprocess.run(  # noqa: S603 - the checkout's own program, no shell
        [sys.executable, "-I", "-S", str(program), str(export), *named],
        capture_output=True, text=True, check=False, encoding="utf-8",
        env={"PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    if done.returncode not in {0, 1} or not done.stdout.strip():
        raise CallerError("the journal could not be checked; give --key as 32 bytes in base64")
    return tuple(done.stdout.splitlines()), done.returncode == 0


def _newest_checkpoint(export: Path) -> tuple[dict[str, Any], Evidence] | None:
    """The last of the checkpoints, which the program has found signed and right."""
    files = sorted((export / "sjekkpunkter").glob("[0-9]" * 12 + ".json"))
    if not files:
        return None
    read = shown(files[-1], f"eksport/sjekkpunkter/{files[-1].name}")
    return json.loads(read.content), read.evidence


def _entries(export: Path, bundle: str) -> tuple[Counter[str], int]:
    """Count entries by kind, and the answers of one bundle; nothing else is taken out."""
    kinds: Counter[str] = Counter()
    answered = 0
    try:
        with (export / "journal.jsonl").open("rb") as lines:
            for line in lines:
                entry = json.loads(line)
                kinds[entry["slag"]] += 1
                if entry["slag"] == "profilering" and entry["innhold"] is not None:
                    answered += _bundle_of(entry["innhold"]) == bundle
    except (OSError, ValueError, KeyError, TypeError):
        raise SetupError("the journal's export changed while it was read; export it again") from None
    return kinds, answered


def _bundle_of(innhold: str) -> object:
    content = json.loads(innhold)
    digests = content.get("digester") if isinstance(content, dict) else None
    return digests.get("bundle") if isinstance(digests, dict) else None
