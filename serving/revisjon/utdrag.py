"""What the list of cases keeps of one entry: codes and times, taken out of the content as it is read."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from profilering.innsatsgruppe import ForslagKode
from profilering.tema import Tema
from profilering.vurdering import GRUPPE_OF, is_followed
from serving.journal.etterproev import FaultError, Link, erased_by
from serving.revisjon.koder import FOLLOWED, Status
from serving.withheld import FIRST

_ADD_SAK = """
    INSERT INTO sak (nummer, sak_id, opprettet, slettet, enhet, forslag, regel, grensetilfelle, helse_foerst,
        modell, policy, tekster, erstatter, venter)
    VALUES (:nummer, :sak_id, :opprettet, :slettet, :enhet, :forslag, :regel, :grensetilfelle, :helse_foerst,
        :modell, :policy, :tekster, :erstatter, :venter)
"""
_ERASED: Mapping[str, object] = MappingProxyType(
    dict.fromkeys(
        (
            "enhet",
            "forslag",
            "regel",
            "grensetilfelle",
            "helse_foerst",
            "modell",
            "policy",
            "tekster",
            "erstatter",
        )
    )
    | {"slettet": 1, "venter": 0}
)
_ADD_VURDERING = """
    INSERT INTO vurdering (nummer, sak, opprettet, gruppe, grunn, fulgt, foer_forslaget)
    VALUES (:nummer, :sak, :opprettet, :gruppe, :grunn, :fulgt, :foer_forslaget)
"""
UNREADABLE = "innholdet er ikke av den formen denne versjonen leser"


def take_in(link: Link, list_: sqlite3.Connection) -> None:
    """Take one entry into the list. Raises FaultError where its content says nothing this version reads."""
    take = _TAKES.get(link.slag.decode("ascii", "replace"))
    if take is None:
        return
    try:
        take(link, list_)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        fault = FaultError(UNREADABLE, link.number)
    else:
        return
    # Outside the handler, so that no parser's error with the content in it hangs on ours.
    raise fault


def _profilering(link: Link, list_: sqlite3.Connection) -> None:
    head = {"nummer": link.number, "sak_id": link.sak.decode(), "opprettet": link.opprettet.decode()}
    said = _ERASED if link.innhold is None else _said(link.innhold)
    list_.execute(_ADD_SAK, {**head, **said})


def _said(innhold: bytes) -> Mapping[str, object]:
    content = json.loads(innhold)
    forslag, versjoner = content["forslag"], content["versjoner"]
    return {
        "slettet": 0,
        "enhet": content["forespoersel"]["enhet"],
        "forslag": ForslagKode(forslag["kode"]).value,
        "regel": str(forslag["regel"]),
        "grensetilfelle": int(forslag["grensetilfelle"]),
        "helse_foerst": int(any(_led_by_health(anslag["tema"]) for anslag in content["bidrag"])),
        "modell": str(versjoner["modell"]),
        "policy": str(versjoner["policy"]),
        "tekster": str(versjoner["tekster"]),
        "erstatter": content["forespoersel"].get("erstatter"),
        "venter": int(content.get(FIRST) is not None),
    }


def _led_by_health(drawn: Mapping[str, float]) -> bool:
    """Whether health drew more than any other theme that is shown (REQ-30)."""
    return bool(drawn) and max(drawn, key=lambda tema: abs(drawn[tema])) == Tema.HELSE


def _vurdering(link: Link, list_: sqlite3.Connection) -> None:
    found = list_.execute("SELECT nummer FROM sak WHERE sak_id = ?", (link.sak.decode(),)).fetchone()
    if link.innhold is None or found is None:
        return
    content = json.loads(link.innhold)
    gruppe = GRUPPE_OF[content["innsatsgruppe"]]
    followed = is_followed(ForslagKode(content["forslag"]), gruppe)
    row = {
        "nummer": link.number,
        "sak": found[0],
        "opprettet": link.opprettet.decode(),
        "gruppe": gruppe.kode,
        "grunn": str(content["grunn"]["kode"]),
        "fulgt": FOLLOWED[followed].value,
        "foer_forslaget": int(content["foer_forslaget"]),
    }
    list_.execute(_ADD_VURDERING, row)
    _sum_up(found[0], list_)


def _sum_up(sak: int, list_: sqlite3.Connection) -> None:
    """Write the last of a case's vurderinger beside it, and how long the first one took.

    One that was written before the forslag could be read neither follows nor deviates.
    """
    rows = list_.execute(
        "SELECT opprettet, gruppe, grunn, fulgt, foer_forslaget FROM vurdering WHERE sak = ? ORDER BY nummer",
        (sak,),
    ).fetchall()
    seen = [row for row in rows if not row[4]]
    vurdert = sekunder = gruppe = grunn = None
    status = Status.FOER_FORSLAGET if rows else Status.UVURDERT
    if seen:
        ((opprettet,),) = list_.execute("SELECT opprettet FROM sak WHERE nummer = ?", (sak,))
        vurdert, (_, gruppe, grunn, status, _) = seen[0][0], seen[-1]
        sekunder = max((_instant(vurdert) - _instant(opprettet)).total_seconds(), 0.0)
    list_.execute(
        "UPDATE sak SET status = ?, vurdert = ?, sekunder = ?, gruppe = ?, grunn = ?, venter = venter AND ?"
        " WHERE nummer = ?",
        (status, vurdert, sekunder, gruppe, grunn, int(not rows), sak),
    )


def _innsigelse(link: Link, list_: sqlite3.Connection) -> None:
    list_.execute("UPDATE sak SET innsigelser = innsigelser + 1 WHERE sak_id = ?", (link.sak.decode(),))


def _innsyn(link: Link, list_: sqlite3.Connection) -> None:
    list_.execute("UPDATE sak SET sett = sett + 1 WHERE sak_id = ?", (link.sak.decode(),))


def _about_the_service(link: Link, list_: sqlite3.Connection) -> None:
    found = (link.number, link.slag.decode(), link.opprettet.decode())
    list_.execute("INSERT INTO hendelse (nummer, slag, opprettet) VALUES (?, ?, ?)", found)


def _sletting(link: Link, list_: sqlite3.Connection) -> None:
    for number in erased_by(link.innhold):
        ((sak,),) = list_.execute(
            "SELECT coalesce((SELECT sak FROM vurdering WHERE nummer = ?), ?)", (number, number)
        )
        list_.execute("DELETE FROM vurdering WHERE nummer = ? OR sak = ?", (number, number))
        _sum_up(sak, list_)
        list_.execute(
            "UPDATE sak SET slettet = 1, enhet = NULL, forslag = NULL, regel = NULL, grensetilfelle = NULL,"
            " helse_foerst = NULL, modell = NULL, policy = NULL, tekster = NULL, erstatter = NULL,"
            " innsigelser = 0, venter = 0"
            " WHERE nummer = ?",
            (number,),
        )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


_TAKES: Mapping[str, Callable[[Link, Any], None]] = MappingProxyType(
    {
        "profilering": _profilering,
        "vurdering": _vurdering,
        "innsigelse": _innsigelse,
        "innsyn": _innsyn,
        "sletting": _sletting,
        "modellbytte": _about_the_service,
        "stans": _about_the_service,
    }
)
"""What each kind of entry adds; the others say nothing of a case."""
