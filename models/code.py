"""Which code answers: one digest of the source that features, estimates, rules and texts come from."""

from collections.abc import Sequence
from pathlib import Path

import models
import profilering
from models.canonical import canonical_json, digest_of

ROOMS = (Path(profilering.__file__).parent, Path(models.__file__).parent)
SOURCES = frozenset({".py", ".c", ".h"})


def code_digest(rooms: Sequence[Path] = ROOMS) -> str:
    """Digest of every Python and C file of the rooms an answer is computed in, by name and content."""
    sources = {
        f"{room.name}/{path.relative_to(room).as_posix()}": digest_of(path.read_bytes())
        for room in rooms
        for path in sorted(room.rglob("*"))
        if path.suffix in SOURCES
    }
    return digest_of(canonical_json(sources))
