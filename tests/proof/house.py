"""How soon the auditors' pages come: the list over a million cases, and one case to the bottom."""

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

from models.approved import load_approved
from profilering.innsatsgruppe import ForslagKode
from profilering.policy import RegelKode
from profilering.vurdering import GrunnKode
from serving.app import create_app
from serving.revisjon.koder import Status
from serving.revisjon.utvalg import Sortering
from tests.builders import API, LOCAL, Caller, a_request, body_of, some_parts
from tests.journals import opened

CASES = 1_000_000
CHOICES = 60
OPENED = 100
LIST_SECONDS, CASE_SECONDS = 1.0, 0.150
"""95 in 100 come within these (issue: the auditor's house)."""
OFFICES = tuple(f"{number:04}" for number in range(300, 600))

_ADD = """
    INSERT INTO sak (nummer, sak_id, opprettet, enhet, forslag, regel, grensetilfelle, helse_foerst, modell,
        policy, tekster, status, sekunder, grunn, sett)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '1', '1', ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class House:
    """Seconds and bytes of the pages that were asked for."""

    cases: int
    lists: tuple[float, ...]
    opened: tuple[float, ...]
    largest: int  # bytes

    @property
    def holds(self) -> bool:
        return p95(self.lists) <= LIST_SECONDS and p95(self.opened) <= CASE_SECONDS


def p95(seconds: tuple[float, ...]) -> float:
    return sorted(seconds)[int(0.95 * len(seconds))]


def walk_the_house(approved: Path, artefacts: Path, folder: Path, *, cases: int = CASES) -> House:
    """Ask for lists over invented cases, and for real cases of the practice model."""
    answering = load_approved(approved, artefacts)
    random_ = random.Random(1)  # noqa: S311  to invent, not to hide
    with opened(folder / "journal.db") as journal:
        parts = some_parts(journal, answering)
        parts = replace(
            parts,
            sources=replace(parts.sources, new_id=uuid4, timer=time.perf_counter),
            approved_of=lambda _digests: answering,
        )
        service = Caller(create_app(parts), LOCAL)
        ids = [_profiled(service) for _ in range(OPENED)]
        opened_in, sizes = zip(*(_timed(service, f"/revisjon/saker/{case}") for case in ids), strict=True)
        parts.revisjon.saksliste.lest()
        with closing(sqlite3.connect(folder / "journal.db.saksliste")) as list_, list_:
            list_.executemany(_ADD, _invented(cases, random_))
        asked = [_choice(random_) for _ in range(CHOICES)]
        lists, list_sizes = zip(*(_timed(service, f"/revisjon{query}") for query in asked), strict=True)
    return House(cases, lists, opened_in, max(*sizes, *list_sizes))


def _profiled(service: Caller) -> str:
    body = body_of(a_request(periodeId=str(uuid4())))
    answer = service.ask("POST", API, content=body, headers={"Content-Type": "application/json"})
    return str(answer.json()["id"])


def _timed(service: Caller, path: str) -> tuple[float, int]:
    begun = time.perf_counter()
    answer = service.get(path)
    assert answer.status_code == 200, path
    return time.perf_counter() - begun, len(answer.content)


def _invented(cases: int, random_: random.Random) -> Iterator[tuple[object, ...]]:
    for number in range(1_000_000, 1_000_000 + cases):
        status = random_.choice(list(Status))
        month, day = random_.randrange(1, 13), random_.randrange(1, 29)
        yield (
            number,
            str(UUID(int=random_.getrandbits(128))),
            f"2026-{month:02}-{day:02}T10:00:00.000000Z",
            random_.choice(OFFICES),
            random_.choice(list(ForslagKode)),
            random_.choice(list(RegelKode)),
            random_.randrange(2),
            random_.randrange(2),
            f"modell-{month // 4}",
            status,
            None if status is Status.UVURDERT else random_.uniform(10, 1e6),
            None if status is Status.UVURDERT else random_.choice(list(GrunnKode)),
            random_.randrange(4),
        )


def _choice(random_: random.Random) -> str:
    """A choice of one to three fields, in any order of the cases."""
    fields = {
        "forslag": random_.choice(list(ForslagKode)),
        "status": random_.choice(list(Status)),
        "grunn": random_.choice(list(GrunnKode)),
        "enhet": random_.choice(OFFICES),
        "regel": random_.choice(list(RegelKode)),
        "grensetilfelle": random_.choice(["JA", "NEI"]),
        "modell": f"modell-{random_.randrange(4)}",
        "fra": f"2026-{random_.randrange(1, 13):02}-01",
    }
    chosen = random_.sample(sorted(fields), random_.randrange(4))
    asked = [f"{name}={fields[name]}" for name in chosen]
    return "?" + "&".join([*asked, f"sortering={random_.choice(list(Sortering))}"])
