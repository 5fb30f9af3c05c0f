"""Every change of what answers: who made it, when, why, and what shows it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from models.approved import Approval
from serving.journal.etterproev import FaultError, Link
from serving.revisjon.boeker import Tekstutgave
from serving.revisjon.ledd import links_at
from serving.revisjon.regelsider import Regelverk
from serving.revisjon.saksliste import Saksliste

NEWEST = 100
"""Entries of the journal on the page; the rest are in an export of it."""
HAPPENED = "SELECT nummer FROM hendelse ORDER BY nummer DESC LIMIT :most"
MODEL, RULES, TEXTS = "/revisjon/modeller", "/revisjon/regler", "/revisjon/tekster"


@dataclass(frozen=True, slots=True)
class Endring:
    """One change: when, what, who, why, and what shows it."""

    naar: str  # a day, or an instant
    hva: str
    hvem: str
    hvorfor: str
    bevis: tuple[tuple[str, str], ...]  # what, and its digest or number
    lenke: str = ""


def changes_of(
    approvals: Iterable[Approval],
    rules: Iterable[Regelverk],
    texts: Iterable[Tekstutgave],
    saksliste: Saksliste,
    journal: str,
) -> tuple[Endring, ...]:
    """Every change, the newest first. Raises SetupError."""
    every = [
        *map(_approved, approvals),
        *map(_ruled, rules),
        *map(_worded, texts),
        *_happened(saksliste, journal),
    ]
    return tuple(sorted(every, key=lambda endring: endring.naar, reverse=True))


def _approved(approval: Approval) -> Endring:
    evidence = {
        "Pakke": approval.bundle,
        "Modellkort": approval.modellkort,
        "Rapport": approval.rapport,
        "Grenser bestått": approval.grenser_bestaatt,
        "Signert av": approval.signert_av,
        "Erstatter": approval.erstatter,
    }
    return Endring(
        naar=approval.godkjent,
        hva=f"Modell godkjent, med regelverk {approval.policy}",
        hvem=approval.godkjent_av,
        hvorfor=approval.begrunnelse,
        bevis=tuple((name, value) for name, value in evidence.items() if value),
        lenke=f"{MODEL}/{approval.bundle.removeprefix('sha256:')}",
    )


def _ruled(regelverk: Regelverk) -> Endring:
    policy = regelverk.policy
    return Endring(
        naar=policy.gjelder_fra.isoformat(),
        hva=f"Regelverk {policy.versjon} gjelder fra denne dagen",
        hvem=policy.godkjent_av,
        hvorfor="",
        bevis=(("Digest", regelverk.digest),),
        lenke=f"{RULES}/{policy.versjon}",
    )


def _worded(utgave: Tekstutgave) -> Endring:
    return Endring(
        naar="",
        hva=f"Tekster på {utgave.tekster.spraak}, versjon {utgave.tekster.versjon}",
        hvem=utgave.godkjent,
        hvorfor="",
        bevis=(("Digest", utgave.digest),),
        lenke=f"{TEXTS}/{utgave.digest.removeprefix('sha256:')}",
    )


def _happened(saksliste: Saksliste, journal: str) -> Iterator[Endring]:
    """What the journal tells of the service itself; an entry that is not as it was written is left out."""
    numbers = [number for (number,) in saksliste.ask(HAPPENED, {"most": NEWEST})]
    saksliste.look_at(numbers)
    try:
        found = list(links_at(numbers, journal))
    except FaultError:
        return
    for link in found:
        content = json.loads(link.innhold or b"{}")
        kind = _swapped if link.slag == b"modellbytte" else _stopped
        yield kind(link, content)


def _swapped(link: Link, content: Mapping[str, str]) -> Endring:
    return Endring(
        naar=link.opprettet.decode(),
        hva=f"Modellen {content['modell']} svarer fra nå",
        hvem=content["godkjent_av"],
        hvorfor="",
        bevis=(("Innføring", str(link.number)), ("Digest", link.digest.decode())),
    )


def _stopped(link: Link, content: Mapping[str, object]) -> Endring:
    return Endring(
        naar=link.opprettet.decode(),
        hva="Tjenesten stanset" if content["stanset"] else "Tjenesten satt i gang igjen",
        hvem=str(content.get("navident") or content.get("innsender") or ""),
        hvorfor=str(content["grunn"] or ""),
        bevis=(("Innføring", str(link.number)), ("Digest", link.digest.decode())),
    )
