"""A case for paper: what its page shows, in the same words and the same order, as plain blocks.

The blocks are data. What a person wrote stays a string in them all the way to the typesetter, which is
never given it as markup.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from unicodedata import bidirectional

from models.text_file import ANSWERED_IN
from profilering.begrunnelse import Avsnitt
from serving.pages.routes import listed_items
from serving.pages.tekst import Opened
from serving.pages.tekst import Tabell as Regnetabell
from serving.revisjon.fakta import OF_FACTS, Faktum
from serving.revisjon.ord import navn, tid
from serving.revisjon.sak import Hendt, Innhold, Innvendt, Opplysningsgrunnlag, Sak, Vurdert
from serving.revisjon.saksliste import Lest

RIGHT_TO_LEFT = frozenset({"R", "AL"})


class Slag(StrEnum):
    """What a block is."""

    OVERSKRIFT = "overskrift"
    INGRESS = "ingress"
    TEKST = "tekst"
    DEMPET = "dempet"
    INNLEDNING = "innledning"  # to what comes next
    LISTE = "liste"
    SITAT = "sitat"


class Form(StrEnum):
    """What a table is for; the typesetter knows how wide its columns are."""

    REGNESTYKKE = "regnestykke"
    FAKTA = "fakta"
    BEVIS = "bevis"
    HENDELSER = "hendelser"


@dataclass(frozen=True, slots=True)
class Blokk:
    """A heading, a paragraph, a list of lines, or what somebody wrote."""

    slag: Slag
    linjer: tuple[str, ...]
    nivaa: int = 0  # of a heading, the title being 1
    spraak: str = ANSWERED_IN
    mot_venstre: bool = False


@dataclass(frozen=True, slots=True)
class Rad:
    """A row; `samler` says that it gathers those below it."""

    celler: tuple[str, ...]
    samler: bool = False


@dataclass(frozen=True, slots=True)
class Tabell:
    """A table; its head is repeated on each page."""

    form: Form
    kolonner: tuple[str, ...]
    rader: tuple[Rad, ...]
    slag: str = field(default="tabell", init=False)


@dataclass(frozen=True, slots=True)
class Papir:
    """A whole document, and what stands at the foot of each of its pages."""

    tittel: str
    spraak: str
    varsel: str  # empty where the journal is as it was written
    bunn: str
    blokker: tuple[Blokk | Tabell, ...]


def papir_of(sak: Sak, lest: Lest, *, skrevet_ut: datetime, synthetic: bool) -> Papir:
    """Write a case down for paper; where its page shows nothing of the suggestion, this does not either."""
    return Papir(
        tittel=f"Sak nr. {sak.receipt.number}",
        spraak=ANSWERED_IN,
        varsel=_fault(lest),
        bunn=f"Sak {sak.id}, skrevet ut {tid(skrevet_ut)}",
        blokker=(
            Blokk(Slag.INGRESS, (status_of(sak),)),
            *(() if sak.innhold is None else _content(sak, sak.innhold)),
            *_proof(sak),
            *_happened(sak.hendelser),
            *_about(lest, synthetic=synthetic),
        ),
    )


def status_of(sak: Sak) -> str:
    """Say in a line or two what the case is and what has come of it."""
    if sak.slettet:
        said = "Innholdet er slettet. Plassen i journalen står igjen."
    elif sak.innhold is None:
        said = "Forslaget er ikke vist for noen ennå. Det kan leses når veilederen har skrevet sitt eget syn."
    else:
        near = " (grensetilfelle)" if sak.innhold.grensetilfelle else ""
        said = f"{navn(sak.innhold.forslag, 'forslag')}{near}. {navn(sak.status, 'status')}."
    return f"{said} Laget {tid(sak.opprettet)}."


def _fault(lest: Lest) -> str:
    if lest.fault is None:
        return ""
    where = f" i innføring {lest.fault.number}" if lest.fault.number else ""
    return f"Feil{where}: {lest.fault.reason}. Det som står etter den, er ikke med her."


def _content(sak: Sak, innhold: Innhold) -> Iterator[Blokk | Tabell]:
    yield _heading("Det veilederen så")
    for avsnitt in innhold.sett:
        yield from _seen(avsnitt, innhold.spraak)
    yield from _meant(sak, innhold)
    if innhold.grunnlag is None:
        yield _text(f"Regnestykket kan ikke vises: {innhold.uten_grunnlag}")
    else:
        yield from _stood_on(innhold.grunnlag)


def _seen(avsnitt: Avsnitt, spraak: str) -> Iterator[Blokk]:
    yield Blokk(Slag.OVERSKRIFT, (avsnitt.overskrift,), 3, spraak)
    items = listed_items(avsnitt)
    yield Blokk(Slag.LISTE if items else Slag.TEKST, items or (avsnitt.tekst,), spraak=spraak)


def _meant(sak: Sak, innhold: Innhold) -> Iterator[Blokk]:
    yield _heading("Det mennesker mente")
    for vurdert in sak.vurderinger:
        yield from _judged(vurdert)
    if not sak.vurderinger:
        yield _text("Ingen har skrevet en vurdering ennå.")
    for innvendt in sak.innsigelser:
        yield from _objected(innvendt)
    if innhold.erstatter:
        yield _text(f"Laget i stedet for sak {innhold.erstatter}.")
    yield from (_text(f"Erstattet av sak {later}.") for later in sak.erstattet_av)


def _judged(vurdert: Vurdert) -> Iterator[Blokk]:
    yield _heading(f"Vurdering: {navn(vurdert.gruppe, 'innsatsgruppe')}", 3)
    office = f" Kontor {vurdert.enhet}." if vurdert.enhet else ""
    yield Blokk(Slag.DEMPET, (f"{tid(vurdert.opprettet)}. {navn(vurdert.status, 'status')}.{office}",))
    yield Blokk(Slag.INNLEDNING, (f"{navn(vurdert.grunn, 'grunn')}:",))
    yield _words(vurdert.tekst)


def _objected(innvendt: Innvendt) -> Iterator[Blokk]:
    yield _heading(f"Innsigelse mot {navn(innvendt.gjelder, 'gjelder')}", 3)
    yield Blokk(Slag.DEMPET, (f"{tid(innvendt.opprettet)}. Fra {navn(innvendt.fra, 'fra')}.",))
    yield _words(innvendt.tekst)


def _stood_on(grunnlag: Opplysningsgrunnlag) -> Iterator[Blokk | Tabell]:
    for part in grunnlag.regnestykker:
        yield from _sum(part)
    yield _heading("Opplysningene som ble sendt")
    if grunnlag.mangler:
        yield _text(f"Ikke kjent eller i strid med hverandre: {', '.join(grunnlag.mangler)}.")
    columns = ("Opplysning", "Verdi", "Kilde", "Kjent per", "Brukt i anslagene")
    yield Tabell(Form.FAKTA, columns, tuple(_fact(faktum, grunnlag.kjent) for faktum in grunnlag.fakta))
    yield _text(OF_FACTS)


def _fact(faktum: Faktum, kjent: str) -> Rad:
    value = "\n".join(faktum.verdier) + (" (mangler)" if faktum.mangler else "")
    return Rad((faktum.navn, value, faktum.kilde, kjent, faktum.brukt))


def _sum(part: Opened) -> Iterator[Blokk | Tabell]:
    yield _heading(part.overskrift)
    if part.tabell is not None:
        yield _table(part.tabell)
    yield from (_text(line) for block in part.blokker for line in block.linjer)


def _table(tabell: Regnetabell) -> Tabell:
    rows: list[Rad] = []
    for gruppe in tabell.grupper:
        rows.append(Rad((gruppe.samlet.navn, *gruppe.samlet.celler), samler=True))
        rows.extend(Rad((rad.navn, *rad.celler)) for rad in gruppe.rader)
    # The last rows stand under no theme.
    rows.append(Rad(("Til sammen", "", "", "", ""), samler=True))
    rows.extend(Rad((rad.navn, *rad.celler)) for rad in tabell.slutt)
    return Tabell(Form.REGNESTYKKE, tabell.kolonner, tuple(rows))


def _proof(sak: Sak) -> Iterator[Blokk | Tabell]:
    yield _heading("Bevis")
    rows = {"Sak": str(sak.id), "Nummer i journalen": str(sak.receipt.number), "Digest": sak.receipt.digest}
    rows |= {"Følger etter": sak.bevis.forrige, "Sjekkpunkt": sak.bevis.sjekkpunkt}
    if sak.innhold is not None:
        regel = sak.innhold.regel
        rows["Regel som avgjorde"] = f"{navn(regel, 'regel')} {regel}"
        rows |= _named("Versjon", sak.innhold.versjoner) | _named("Digest", sak.innhold.digester)
    yield Tabell(Form.BEVIS, ("Hva", "Verdi"), tuple(Rad(row) for row in rows.items()))


def _named(what: str, values: Mapping[str, str]) -> dict[str, str]:
    return {f"{what}: {name}": str(value) for name, value in values.items()}


def _happened(hendelser: tuple[Hendt, ...]) -> Iterator[Blokk | Tabell]:
    yield _heading("Det som har skjedd med saken")
    rows = tuple(
        Rad((str(hendt.nummer), tid(hendt.opprettet), _what(hendt), hendt.hvem or "Slettet"))
        for hendt in hendelser
    )
    yield Tabell(Form.HENDELSER, ("Nr.", "Når", "Hva", "Hvem"), rows)


def _what(hendt: Hendt) -> str:
    more = f" ({navn(hendt.hva, 'formaal').lower()})" if hendt.hva else ""
    return f"{navn(hendt.slag, 'slag')}{more}"


def _about(lest: Lest, *, synthetic: bool) -> Iterator[Blokk]:
    yield _heading("Om utskriften")
    read = f"Lest og kontrollert ledd for ledd til og med innføring {lest.nummer}."
    yield _text(read if lest.nummer else "Ikke noe av journalen er lest og kontrollert ennå.")
    yield _text("Tegn som skriften ikke har, står som ‹U+› med nummeret sitt i Unicode.")
    if synthetic:
        yield _text("Modellen er trent på et syntetisk register. Tallene sier ingenting om Norge.")


def _heading(text: str, nivaa: int = 2) -> Blokk:
    return Blokk(Slag.OVERSKRIFT, (text,), nivaa)


def _text(text: str) -> Blokk:
    return Blokk(Slag.TEKST, (text,))


def _words(text: str) -> Blokk:
    """What a person wrote, in the direction of its first letter that has one."""
    first = next((kind for kind in map(bidirectional, text) if kind in RIGHT_TO_LEFT | {"L"}), "L")
    return Blokk(Slag.SITAT, (text,), mot_venstre=first in RIGHT_TO_LEFT)
