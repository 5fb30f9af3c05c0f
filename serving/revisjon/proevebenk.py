"""The test bench: what the service would say if an invented person had said something else.

It is no case. Nothing is journaled, logged, counted or kept, and nothing of a registration stands in an
address. Reading and assessing are those of the API.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import Request as HttpRequest

from models.approved import Approved
from profilering.assess import Profilering, assess
from profilering.begrunnelse import Avsnitt
from profilering.endring import Told, endring_mellom
from profilering.errors import ProfileringError
from profilering.registrering import Registrering
from profilering.risk import Outcome
from serving.answering import problem_of, refusal_of
from serving.api.routes import BODY_SECONDS, received
from serving.pages.personas import Persona, read_personas
from serving.parts import Parts
from serving.revisjon.skjema import (
    FELTER,
    LISTENE,
    ONE_EACH,
    PERSONEN,
    REGISTRENE,
    Felt,
    Said,
    felt_of,
    request_of,
    said_of,
)
from serving.understanding import Understood, understand
from serving.upkeep.standing import NotApproved
from serving.wire.problems import NOT_FOUND, Problem, RefusedError

FORM = "application/x-www-form-urlencoded"
MAX_FORM = 16 * 1024
"""Bytes: four times the largest invented person, and little enough for the page to show it again."""
MAX_FIELDS = 100
"""More than the form has, with every box ticked."""
PERSON, JSON_TEXT = "person", "json"
KNOWN = frozenset(felt.navn for felt in FELTER) | {PERSON}
NOT_A_FORM = Problem("feil-innholdstype", 415, "Skjemaet kan ikke leses", "Send skjemaet fra siden selv.")
TOO_LONG = Problem(
    "for-stor",
    413,
    "Skjemaet er for stort",
    f"Det kan være høyst {MAX_FORM // 1024} kB. Gå tilbake, og gjør teksten kortere.",
    headers={"Connection": "close"},
)
ANOTHER_FORM = Problem(
    "uleselig", 400, "Skjemaet kan ikke leses", "Skjemaet er ikke det siden viser. Hent siden på nytt."
)


@dataclass(frozen=True, slots=True)
class Feil:
    """Something to mend: the id of the field to go to, its name, and what is wrong with it."""

    id: str
    navn: str
    tekst: str


@dataclass(frozen=True, slots=True)
class Sammenlignet:
    """The unchanged person and the changed one, and what differs."""

    foer: Profilering
    naa: Profilering
    endring: tuple[Avsnitt, ...]
    utfall: tuple[Outcome, ...]  # those with a number on either side


@dataclass(frozen=True, slots=True)
class Benk:
    """All that the page shows."""

    personer: tuple[Persona, ...]
    person: Persona
    said: Said
    json: str
    feil: tuple[Feil, ...] = ()
    status: int = 200
    svar: Sammenlignet | None = None

    @property
    def felter(self) -> Mapping[str, tuple[Felt, ...]]:
        """The fields in their groups."""
        return {"personen": PERSONEN, "registrene": REGISTRENE, "listene": LISTENE}

    @property
    def galt(self) -> frozenset[str]:
        """The ids of the fields with a fault."""
        return frozenset(feil.id for feil in self.feil)


async def read_form(request: HttpRequest, seconds: float = BODY_SECONDS) -> Said:
    """Read a form that was sent, counting what really comes. Raises RefusedError (400, 408, 413, 415)."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise RefusedError(NOT_A_FORM)
    return _said(await received(request, MAX_FORM, TOO_LONG, seconds))


def offered(person: str | None, approved: Approved | NotApproved) -> Benk:
    """The bench before anything was changed. Raises RefusedError: 404 for nobody we know, 503."""
    _basis(approved)
    return _unchanged(_persona(person))


def tried(said: Said, parts: Parts) -> Benk:
    """Say what was sent beside the unchanged person, or what is wrong with it.

    Raises RefusedError where there is no such form, person or model, and JournalUnavailableError where
    nobody can tell whether the service is stopped.
    """
    approved = _basis(parts.standing.approved)
    persona = _persona(said[PERSON][0])
    as_json = JSON_TEXT in said
    start = _unchanged(persona)
    text = said[JSON_TEXT][0] if as_json else start.json
    try:
        if not as_json:
            text = _written(request_of(said, json.loads(persona.json)))
        understood = _understood(text, parts)
    except ProfileringError as error:
        problem = problem_of(error)
        if problem is None:
            raise
        shown = start.said if as_json else said
        return Benk(start.personer, persona, shown, text, _faults(problem, as_json=as_json), problem.status)
    svar = _compared(
        persona.registrering, understood.registrering, approved, stanset=parts.stop.state().stanset
    )
    return Benk(start.personer, persona, said_of(json.loads(text)), text, svar=svar)


def _said(body: bytes) -> Said:
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        pairs = []
    said: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        said[name] = (*said.get(name, ()), value)
    names = frozenset(said)
    single = all(len(said[name]) == 1 for name in names & (ONE_EACH | {PERSON, JSON_TEXT}))
    if PERSON not in names or not single or not (names <= KNOWN or names == {PERSON, JSON_TEXT}):
        raise RefusedError(ANOTHER_FORM)
    return said


def _basis(approved: Approved | NotApproved) -> Approved:
    if isinstance(approved, NotApproved):
        detail = (
            "Det er ingen gyldig godkjent modell, så det gis ikke noe forslag. "
            f"Grunnen, for den som drifter tjenesten: {approved.reason}."
        )
        raise RefusedError(Problem("ingen-godkjent-modell", 503, "Ingen godkjent modell", detail))
    return approved


def _persona(person: str | None) -> Persona:
    personas = read_personas()
    found = personas[0] if person is None else next((each for each in personas if each.id == person), None)
    if found is None:
        raise RefusedError(NOT_FOUND)
    return found


def _unchanged(persona: Persona) -> Benk:
    request = json.loads(persona.json)
    return Benk(read_personas(), persona, said_of(request), _written(request))


def _written(request: object) -> str:
    return json.dumps(request, ensure_ascii=False, indent=1)


def _understood(text: str, parts: Parts) -> Understood:
    """Read as the API reads, and refuse what it refuses. Raises BodyError, RefusedError, ErasedError."""
    understood = understand(text.encode())
    fault = refusal_of(understood.forespoersel, parts.sources.clock(), parts.journal)
    if fault is not None:
        raise fault
    return understood


def _compared(
    before: Registrering,
    after: Registrering,
    approved: Approved,
    *,
    stanset: bool,
) -> Sammenlignet:
    basis = approved.basis
    digester = {"modell": "bundle", "policy": "policy", "tekster": "tekster"}
    stands_on = {name: approved.digests[digest] for name, digest in digester.items()}
    foer, naa = (
        Told(each, assess(each, basis, stanset=stanset), basis.policy, stands_on) for each in (before, after)
    )
    told = (foer.profilering, naa.profilering)
    shown = {anslag.utfall for profilering in told for anslag in profilering.anslag}
    # Its first part tells of a case made again on another day, and of versions; here both are the same.
    _, *endring = endring_mellom(foer, naa, basis.tekster).avsnitt
    return Sammenlignet(*told, tuple(endring), tuple(each for each in Outcome if each in shown))


def _faults(problem: Problem, *, as_json: bool) -> tuple[Feil, ...]:
    """Each fault with the field to mend it in; what has no place is mended in the form as a whole."""
    if as_json:
        found = (Feil("json", fault.peker, fault.feil) for fault in problem.felter)
        return tuple(found) or (Feil("json", "JSON", problem.detail),)
    felter = ((felt_of(fault.peker), fault.feil) for fault in problem.felter)
    faults = tuple(Feil(felt.navn, felt.tittel, text) for felt, text in felter if felt is not None)
    return faults or (Feil("skjema", "Skjemaet", problem.detail),)
