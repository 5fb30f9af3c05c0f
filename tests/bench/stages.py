"""Where the time of one answer goes, stage by stage, in this process and without a server."""

import os
import statistics
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from uuid import uuid4

from models.approved import Approved
from profilering.assess import tell
from profilering.features import NAMES, features_alone
from profilering.propose import Case as Proposing
from profilering.propose import propose
from serving.identity.caller import LOCAL
from serving.journal import EntryKind, IdempotencyKey, Journal, NewEntry
from serving.journal.chain import SALT_BYTES
from serving.record import content_of
from serving.understanding import understand
from serving.wire.writing import Case, facts_of
from serving.withheld import answers_of

REQUESTS = 100
"""Of a round; a stage's figure is their median."""
PATIENCE_SECONDS = 10.0


@dataclass(slots=True)
class Laps:
    """Seconds of each stage of several requests, in the order they come."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _since: float = 0.0

    def start(self) -> None:
        """Begin a request."""
        self._since = time.perf_counter()

    def lap(self, stage: str) -> None:
        """End a stage; the next one begins."""
        now = time.perf_counter()
        self.seconds[stage].append(now - self._since)
        self._since = time.perf_counter()


def measure_stages(bodies: Sequence[bytes], approved: Approved, *, rounds: int) -> Mapping[str, float]:
    """Median seconds of each stage in its quietest round, on a journal in SQLite."""
    with TemporaryDirectory() as folder, closing(_journal(folder)) as journal:
        found = []
        for number in range(rounds):
            laps = Laps()
            for body in bodies[number * REQUESTS : (number + 1) * REQUESTS]:
                _answer(body, approved, journal, laps)
            found.append({stage: statistics.median(times) for stage, times in laps.seconds.items()})
    return {stage: min(medians[stage] for medians in found) for stage in found[0]}


def _journal(folder: str) -> Journal:
    return Journal.open(str(Path(folder) / "journal.db"), timeout_seconds=PATIENCE_SECONDS)


def _answer(body: bytes, approved: Approved, journal: Journal, laps: Laps) -> None:
    """Do what `serving.answering.profiled` does, one stage after the other."""
    basis = approved.basis
    laps.start()
    asked = understand(body)
    laps.lap("request understood")
    row = features_alone(asked.registrering, basis.arbeidsmarked)
    laps.lap("features")
    (risks,) = basis.model.risks([row])
    laps.lap("estimates with contributions")
    features = MappingProxyType(dict(zip(NAMES, row, strict=True)))
    case = Proposing(asked.registrering, features, risks, basis.model.spans, stanset=False)
    forslag = propose(case, basis.policy)
    profilering = tell(asked.registrering, features, risks, forslag, basis.policy, basis.tekster)
    laps.lap("proposed and put into words")
    facts, now = facts_of(asked.forespoersel), datetime.now(UTC)
    written = Case(uuid4(), now, asked.forespoersel, asked.registrering, profilering, facts)
    answers = answers_of(written, approved, follows=False)
    laps.lap("answer written")
    content = content_of(
        written, answers, approved, caller=LOCAL, stanset=False, code_digest="", duration_ms=0.0
    )
    laps.lap("journal's content written")
    keys = (IdempotencyKey.natural(b"bench", body),)
    entry = NewEntry(EntryKind.PROFILERING, written.id, written.created, content, keys)
    journal.append(entry, salt=os.urandom(SALT_BYTES))
    laps.lap("appended and durable, alone")
