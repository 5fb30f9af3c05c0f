"""Who saw whom: an entry in the journal before anything is shown, and a line for NAV's ArcSight.

A line for each view by a person, and for a list that is taken along; none for machines, lists that are
read and refusals, as NAV's rules have it. The
entry is the record. The line is a copy for those who watch: when it cannot be sent, that is logged,
and `python -m serving journal cef` makes it again from the entry.
"""

import json
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from logging import WARNING
from pathlib import Path
from uuid import UUID

from models.canonical import canonical_json
from profilering.errors import SetupError
from serving.access.cef import cef_line
from serving.identity.caller import Caller
from serving.journal import EntryKind, Journal, NewEntry, Receipt, StoredEntry
from serving.telemetry.log import log_event

TCP = "tcp://"
SEND_SECONDS = 2.0
"""The line is sent beside the answer, not before it, but a worker shall not hang on it."""


class Hendelse(StrEnum):
    """What was done with somebody's case; NAV's own words (domain/nav.md)."""

    CREATE = "audit:create"
    ACCESS = "audit:access"
    UPDATE = "audit:update"


WITHOUT_FORSLAG = {
    Hendelse.CREATE: "En ansatt i Nav har fått laget et forslag om en arbeidssøker; det ble ikke vist",
    Hendelse.ACCESS: "En ansatt i Nav har sett en sak om en arbeidssøker; forslaget ble ikke vist",
}
"""Where the answer held no forslag: two-step mode before the first vurdering, and answers without one."""
MESSAGES = {
    Hendelse.CREATE: "En ansatt i Nav har fått laget og sett et forslag om en arbeidssøker",
    Hendelse.ACCESS: "En ansatt i Nav har sett et forslag om en arbeidssøker",
    Hendelse.UPDATE: "En ansatt i Nav har skrevet en vurdering eller en innsigelse om en arbeidssøker",
}

LIST_TAKEN = "En ansatt i Nav har tatt med seg en liste over saker; den sier ingenting om noen person"


@dataclass(frozen=True, slots=True)
class View:
    """One person saw one case, or took a list of cases along, by one call."""

    hendelse: Hendelse
    case_id: UUID
    call_id: str
    method: str
    route: str  # the route's pattern, never the address with its values
    uten_forslag: bool = False  # the answer held none
    formaal: str | None = None  # what for, where the page that was asked for says so
    liste: Mapping[str, object] | None = None  # of a list taken along: the choice, in codes, and how many


Send = Callable[[str], None]
"""Passes one line on. Raises OSError when it cannot."""


class AccessLog:
    """Writes down each view of a case by a person, before it is shown."""

    def __init__(self, journal: Journal, send: Send) -> None:
        self._journal = journal
        self._send = send

    def record(self, view: View, caller: Caller, *, now: datetime, salt: bytes) -> None:
        """Journal a view and pass its line on; nothing happens when no person asks.

        Raises JournalUnavailableError: then nothing may be shown.
        """
        if caller.nav_ident is None:
            return
        content = canonical_json(
            {
                "hendelse": view.hendelse,
                "navident": caller.nav_ident,
                "system": caller.system,
                "kall": view.call_id,
                "metode": view.method,
                "rute": view.route,
                "uten_forslag": view.uten_forslag,
                **({} if view.formaal is None else {"formaal": view.formaal}),
                **({} if view.liste is None else {"liste": view.liste}),
            }
        )
        receipt = self._journal.append(NewEntry(EntryKind.INNSYN, view.case_id, now, content), salt=salt)
        if not isinstance(receipt, Receipt):
            raise TypeError("an entry without keys is always new")
        stored = StoredEntry(receipt, EntryKind.INNSYN, view.case_id, now, content)
        try:
            self._send(line_of(stored))
        except OSError:
            log_event("audit_line_not_sent", level=WARNING, journal_number=receipt.number)


def line_of(entry: StoredEntry) -> str:
    """The line of one `innsyn` entry, the same whenever it is made."""
    content = json.loads(entry.content)
    hendelse = Hendelse(content["hendelse"])
    # An entry from before this was written down has no such name.
    unseen = WITHOUT_FORSLAG.get(hendelse) if content.get("uten_forslag") else None
    if "liste" in content:
        unseen = LIST_TAKEN
    fields = {
        "suid": content["navident"],
        "end": str(int(entry.created.timestamp() * 1000)),
        "msg": unseen or MESSAGES[hendelse],
        "sproc": content["kall"],
        "request": content["rute"],
        "requestMethod": content["metode"],
        "flexString1": str(entry.case_id),
        "flexString1Label": "profilering",
        "flexString2": str(entry.receipt.number),
        "flexString2Label": "journalnummer",
    }
    return cef_line(content["hendelse"], fields)


def sender_to(target: str) -> Send:
    """The way to a file or to `tcp://host:port`; an empty target is nowhere. Raises SetupError."""
    if not target:
        return lambda _line: None
    if not target.startswith(TCP):
        if "://" in target or target != target.strip():
            raise SetupError(f"audit_log is {target!r}; write tcp://host:port, or the path of a file")
        return _to_file(Path(target))
    host, _, port = target.removeprefix(TCP).rpartition(":")
    if not host or not port.isdecimal():
        raise SetupError(f"audit_log is {target}; write tcp://host:port, or the path of a file")
    return _to_syslog(host, int(port))


def _to_file(path: Path) -> Send:
    def send(line: str) -> None:
        file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        try:
            os.write(file, line.encode() + b"\n")
        finally:
            os.close(file)

    return send


def _to_syslog(host: str, port: int) -> Send:
    def send(line: str) -> None:
        # A connection for each line: they are few, and a broken one is noticed at once.
        with socket.create_connection((host, port), SEND_SECONDS) as server:
            server.sendall(line.encode() + b"\n")

    return send
