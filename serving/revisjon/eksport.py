"""Cases to take along: the chosen ones as CSV or JSON, and one case as JSON with every bit of its sums.

A spreadsheet takes a cell that begins like a formula for one, so such a text gets an apostrophe before it.
Numbers are ours, and stay numbers.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, astuple, fields
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from profilering.begrunnelse import Avsnitt
from profilering.utdypning import Regnestykke
from serving.journal.etterproev import Fault
from serving.revisjon.fakta import Faktum
from serving.revisjon.sak import Hendt, Innhold, Innvendt, Sak, Vurdert
from serving.revisjon.saksliste import Lest, Saksliste
from serving.revisjon.spoersmaal import Saksrad, count_of, query_of, rad_of
from serving.revisjon.utvalg import Utvalg

BOM = "\ufeff"
"""Without it a spreadsheet takes æ, ø and å for something else."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
HEADER = {
    "nummer": "Nr. i journalen",
    "sak_id": "Sak",
    "opprettet": "Laget (UTC)",
    "slettet": "Slettet",
    "enhet": "Kontor",
    "forslag": "Forslag",
    "regel": "Regel",
    "grensetilfelle": "Grensetilfelle",
    "modell": "Modell",
    "status": "Vurdering",
    "gruppe": "Innsatsgruppe",
    "grunn": "Grunn",
    "sekunder": "Sekunder til vurdering",
    "innsigelser": "Innsigelser",
    "sett": "Ganger sett",
}
assert list(HEADER) == [each.name for each in fields(Saksrad)], "each column has its name"  # noqa: S101


class _Dokument(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    laget: datetime
    lest: Annotated[int, Field(ge=0, description="Number of the last entry of the journal that was read.")]
    digest: Annotated[str, Field(description="Digest of that entry.")]
    feil: Annotated[
        str | None, Field(description="The first fault of the journal; null where none is known.")
    ]
    syntetisk: Annotated[bool, Field(description="The model of today was trained on invented people.")]


class SakerUt(_Dokument):
    """The chosen cases; codes, counts and times, and nothing about a person."""

    utvalg: dict[str, str]
    antall: Annotated[int, Field(ge=0)]
    saker: list[Saksrad]


class InnholdUt(BaseModel):
    """What stands in the journal of a case whose suggestion may be read, and the sums opened."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    forslag: str
    regel: str
    grensetilfelle: bool
    spraak: str
    sett: Annotated[tuple[Avsnitt, ...], Field(description="What the veileder read, to the letter.")]
    erstatter: str | None
    versjoner: dict[str, str]
    digester: dict[str, str]
    fakta: tuple[Faktum, ...]
    kjent: Annotated[str | None, Field(description="The day the facts were known.")]
    mangler: tuple[str, ...]
    regnestykker: Annotated[
        tuple[Regnestykke, ...],
        Field(description="`grunnlinje` plus the log-odds of every opplysning is `log_odds`."),
    ]
    uten_grunnlag: Annotated[str, Field(description="Why facts and sums are not here; empty where they are.")]


class SakUt(_Dokument):
    """One case, as its page shows it."""

    id: str
    opprettet: datetime
    status: str
    slettet: bool
    nummer: int
    egen_digest: str
    forrige: str
    sjekkpunkt: str
    innhold: Annotated[
        InnholdUt | None, Field(description="Null where it was erased, or may not be read yet.")
    ]
    vurderinger: tuple[Vurdert, ...]
    innsigelser: tuple[Innvendt, ...]
    hendelser: tuple[Hendt, ...]
    erstattet_av: tuple[str, ...]


class Uttrekk:
    """The chosen cases of one instant: counted, then given row by row, once; the end closes it."""

    def __init__(self, utvalg: Utvalg, saksliste: Saksliste) -> None:
        """Raises SetupError where the list cannot be read."""
        self.utvalg = utvalg
        self._open = ExitStack()
        self.lest, self._ask = self._open.enter_context(saksliste.at_once())
        count, values = count_of(utvalg)
        ((self.antall,),) = self._ask(count, values)

    def rader(self) -> Iterator[Saksrad]:
        """The cases in their order."""
        with self._open:
            for row in self._ask(*query_of(self.utvalg)):
                yield rad_of(*row)

    def close(self) -> None:
        """Let go of the list where nothing is to leave."""
        self._open.close()


def csv_of(uttrekk: Uttrekk) -> Iterator[str]:
    """The cases for a spreadsheet: semicolons, decimal commas, CRLF, a BOM first."""
    yield BOM + _line(HEADER.values())
    for rad in uttrekk.rader():
        yield _line(map(_cell, astuple(rad)))


def json_of(uttrekk: Uttrekk, now: datetime, *, synthetic: bool) -> Iterator[str]:
    """The same as one document."""
    head = SakerUt(
        **about(uttrekk.lest, now, synthetic=synthetic),
        utvalg=uttrekk.utvalg.chosen(),
        antall=uttrekk.antall,
        saker=[],
    ).model_dump_json(exclude={"saker"})
    between = f'{head[:-1]},"saker":['
    for rad in uttrekk.rader():
        yield between + json.dumps(asdict(rad), ensure_ascii=False)
        between = ","
    yield "]}\n" if between == "," else f"{between}]}}\n"


def sak_ut(sak: Sak, about: Mapping[str, Any]) -> SakUt:
    """One case as a document."""
    return SakUt(
        **about,
        id=str(sak.id),
        opprettet=sak.opprettet,
        status=sak.status,
        slettet=sak.slettet,
        nummer=sak.receipt.number,
        egen_digest=sak.receipt.digest,
        forrige=sak.bevis.forrige,
        sjekkpunkt=sak.bevis.sjekkpunkt,
        innhold=None if sak.innhold is None else _innhold(sak.innhold),
        vurderinger=sak.vurderinger,
        innsigelser=sak.innsigelser,
        hendelser=sak.hendelser,
        erstattet_av=sak.erstattet_av,
    )


def about(lest: Lest, now: datetime, *, synthetic: bool) -> dict[str, Any]:
    """What stands at the top of each document."""
    feil = None if lest.fault is None else _fault_text(lest.fault)
    return {
        "laget": now,
        "lest": lest.nummer,
        "digest": lest.digest.decode("ascii", "replace"),
        "feil": feil,
        "syntetisk": synthetic,
    }


def _fault_text(fault: Fault) -> str:
    return f"innføring {fault.number}: {fault.reason}" if fault.number else fault.reason


def _innhold(innhold: Innhold) -> InnholdUt:
    grunnlag = innhold.grunnlag
    return InnholdUt(
        forslag=innhold.forslag,
        regel=innhold.regel,
        grensetilfelle=innhold.grensetilfelle,
        spraak=innhold.spraak,
        sett=innhold.sett,
        erstatter=innhold.erstatter,
        versjoner=dict(innhold.versjoner),
        digester=dict(innhold.digester),
        fakta=grunnlag.fakta if grunnlag else (),
        kjent=grunnlag.kjent if grunnlag else None,
        mangler=grunnlag.mangler if grunnlag else (),
        regnestykker=grunnlag.utdypning.regnestykker if grunnlag else (),
        uten_grunnlag=innhold.uten_grunnlag,
    )


def _line(cells: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerow(cells)
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Ja" if value else "Nei"
    if isinstance(value, float):
        return repr(value).replace(".", ",")
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) and not isinstance(value, int) else text
