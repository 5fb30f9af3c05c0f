"""Pages of the auditors' house to take pictures of: invented people, and what was made of them."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from uuid import UUID

from models.approved import load_approved
from profilering.innsatsgruppe import AKTUELLE, INNSATSGRUPPER, ForslagKode
from profilering.vurdering import GrunnKode
from serving.pages.personas import FOLDER
from tests.builders import API, NOW
from tests.deciding import KARI, MACHINE, REVISOR, Desk, a_desk, a_vurdering

OFFICES = ("0219", "0301", "0427", "1120")
CONCLUDED, FOLLOWED = 0.85, 0.7
"""Invented, like everything here: enough of each for the pages to have something to show."""
LISTS = {
    "revisjon-saker": "/revisjon?grensetilfelle=JA",
    "revisjon-moenstre": "/revisjon/moenstre?etter_hva=forslag",
}


@dataclass(slots=True)
class Clock:
    """Stands still until it is moved."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def move(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


def house_pages(approved: Path, artefacts: Path, folder: Path) -> dict[str, str]:
    """Give each page by the name of its picture; the case is the first that was deviated from."""
    clock = Clock(NOW - timedelta(days=20))
    with a_desk(folder / "house.db", load_approved(approved, artefacts), clock=clock) as desk:
        deviated = list(_deviated(desk, clock))
        pages = {**LISTS, "revisjon-sak": f"/revisjon/saker/{deviated[0]}"}
        return {name: desk.ask(REVISOR, "GET", path).text for name, path in pages.items()}


def _deviated(desk: Desk, clock: Clock) -> Iterator[str]:
    """Fill the journal, and give the cases whose forslag was not followed."""
    chance = random.Random(1)  # noqa: S311  to invent, not to hide
    for number, (office, persona) in enumerate(product(OFFICES, sorted(FOLDER.glob("P*.json")))):
        clock.move(chance.uniform(60, 400))
        asked = json.loads(persona.read_bytes()) | {"enhet": office, "periodeId": str(UUID(int=number))}
        answer = desk.ask(MACHINE, "POST", API, asked).json()
        forslag = ForslagKode(answer["forslag"]["kode"])
        clock.move(chance.uniform(0.5, 90))
        if chance.random() > CONCLUDED:
            continue
        follows = bool(AKTUELLE[forslag]) and chance.random() < FOLLOWED
        gruppe = chance.choice([g for g in INNSATSGRUPPER if (g in AKTUELLE[forslag]) is follows])
        grunn = {"kode": chance.choice(list(GrunnKode)), "tekst": "Oppdiktet, som alt annet her."}
        desk.concluded(answer["id"], a_vurdering(gruppe.kode, grunn=grunn, enhet=office), KARI)
        if AKTUELLE[forslag] and not follows:
            yield str(answer["id"])
