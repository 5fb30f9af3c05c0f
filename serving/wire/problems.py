"""Refusals as callers read them: RFC 9457, in Norwegian, and never a word of what was sent in."""

import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from types import MappingProxyType

from pydantic import ValidationError
from starlette.responses import Response

from profilering.errors import ProfileringError

MEDIA_TYPE = "application/problem+json"
MAX_FAULTS = 10
"""More are not mended in one go, and the answer must stay small."""
MAX_BYTES = 2048
"""Answers to bad input are at most this long (api.md)."""
TRY_AGAIN_SECONDS = 5
"""What `Retry-After` says: longer than a busy journal takes, short enough to keep a person waiting."""


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One field that must be mended: where it is (RFC 6901) and what is wrong with it."""

    peker: str
    feil: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal. `code` ends the `type` URN; titles and details are fixed texts."""

    code: str
    status: int
    title: str
    detail: str
    felter: tuple[FieldFault, ...] = ()
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class RefusedError(ProfileringError):
    """A request that gets a problem for an answer.

    `why` is for the log, where it must say more than the caller may know; a word of ours.
    """

    def __init__(self, problem: Problem, why: str = "") -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.why = why


def response_of(problem: Problem) -> Response:
    """Write the problem out, leaving the last field faults away where it would be too long."""
    felter = list(problem.felter[:MAX_FAULTS])
    while len(body := _bytes(problem, felter)) > MAX_BYTES:
        felter.pop()
    headers = {**problem.headers, "Cache-Control": "no-store"}
    return Response(body, problem.status, headers, MEDIA_TYPE)


def _bytes(problem: Problem, felter: Sequence[FieldFault]) -> bytes:
    content = {
        "type": f"urn:profilering:feil:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "felter": [{"peker": fault.peker, "feil": fault.feil} for fault in felter],
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


TOO_LARGE = Problem(
    "for-stor", 413, "Forespørselen er for stor", "Send høyst 65536 byte.", headers={"Connection": "close"}
)
WRONG_TYPE = Problem(
    "feil-innholdstype",
    415,
    "Innholdstypen støttes ikke",
    "Send application/json i UTF-8, uten komprimering.",
)
BAD_KEY = Problem(
    "ugyldig-idempotensnoekkel",
    400,
    "Idempotency-Key er ugyldig",
    "Send headeren én gang, med 1 til 100 tegn av bokstaver a–z, tall og . _ ~ : -",
)
KEY_REUSED = Problem(
    "idempotensnoekkel-brukt",
    409,
    "Idempotency-Key er brukt før",
    "Nøkkelen er brukt for en annen forespørsel. Send en ny nøkkel.",
)
NOT_FOUND = Problem("finnes-ikke", 404, "Finnes ikke", "Det er ikke noe på denne adressen.")
ERASED = Problem(
    "slettet", 410, "Slettet", "Innholdet er slettet. Det står i journalen at det er gjort, og når."
)
VENTER_PAA_VURDERING = Problem(
    "venter-paa-vurdering",
    409,
    "Venter på din vurdering",
    "Forslaget vises ikke ennå. Skriv din egen vurdering først.",
)
HUMAN_ONLY = Problem(
    "krever-veileder",
    403,
    "Krever en veileder",
    "En veileders ord skrives av et menneske. Send et token for en veileder, med NAVident.",
)
NO_TOKEN = Problem(
    "mangler-gyldig-token",
    401,
    "Mangler et gyldig token",
    "Send et tilgangstoken fra en utsteder tjenesten kjenner, i headeren Authorization: Bearer.",
    headers={"WWW-Authenticate": "Bearer"},
)
FORBIDDEN = Problem(
    "ikke-tilgang",
    403,
    "Ikke tilgang",
    "Tokenet er gyldig, men gir ikke tilgang til dette. Tilgangen styres av rolle og formål.",
)
KEYS_UNAVAILABLE = Problem(
    "kan-ikke-kontrollere-token",
    503,
    "Tokenet kan ikke kontrolleres",
    "Nøklene fra utstederen er ikke å få tak i nå. Prøv igjen om litt.",
    headers={"Retry-After": str(TRY_AGAIN_SECONDS)},
)
OVERLOADED = Problem(
    "for-mange-samtidig",
    503,
    "Tjenesten har for mye å gjøre",
    "Tjenesten svarer allerede på så mange den rekker. Prøv igjen om litt med samme Idempotency-Key.",
    headers={"Retry-After": "1"},
)
TOO_SLOW = Problem(
    "for-langsom",
    408,
    "Forespørselen kom for langsomt",
    "Hele forespørselen må komme innen 20 sekunder.",
    headers={"Connection": "close"},
)
NOT_LOCAL = Problem(
    "bare-lokalt",
    403,
    "Bare fra samme maskin",
    "Tjenesten kjører uten innlogging og svarer bare på localhost.",
)
JOURNAL_DOWN = Problem(
    "journal-utilgjengelig",
    503,
    "Journalen svarer ikke",
    "Svaret kunne ikke journalføres. Da vises det ikke. Prøv igjen om litt med samme Idempotency-Key.",
    headers={"Retry-After": str(TRY_AGAIN_SECONDS)},
)
NO_MODEL = Problem(
    "ingen-godkjent-modell",
    503,
    "Ingen godkjent modell",
    "Tjenesten har ingen gyldig godkjent modell og gir derfor ingen forslag.",
    headers={"Retry-After": "60"},
)
OUR_FAULT = Problem(
    "intern-feil", 500, "Feil hos oss", "Noe gikk galt hos oss. Feilen er loggført uten innhold."
)


def wrong_method(allowed: Sequence[str]) -> Problem:
    """The address is known, the method is not one of its own (405)."""
    return Problem(
        "feil-metode",
        405,
        "Metoden støttes ikke",
        "Bruk en av metodene i headeren Allow.",
        headers={"Allow": ", ".join(allowed)},
    )


def too_many(seconds: int) -> Problem:
    """A client asks more often than agreed (429)."""
    return Problem(
        "for-mange-kall",
        429,
        "For mange kall",
        "Klienten har brukt opp det den kan spørre i minuttet. Vent så lenge headeren Retry-After sier.",
        headers={"Retry-After": str(seconds)},
    )


def unreadable(detail: str, pointer: str) -> Problem:
    """The body has no single reading (400)."""
    felter = (FieldFault(pointer, detail),) if pointer else ()
    return Problem("uleselig", 400, "Forespørselen kan ikke leses", detail, felter)


def invalid(faults: Sequence[FieldFault]) -> Problem:
    """The body breaks the schema (422)."""
    return Problem(
        "ugyldig",
        422,
        "Forespørselen følger ikke skjemaet",
        "Rett feltene og send på nytt. Skjemaet står i /openapi.json.",
        tuple(faults),
    )


FAULT_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "missing": "Feltet mangler.",
        "extra_forbidden": "Objektet har et felt som ikke er i skjemaet.",
        "string_type": "Må være tekst.",
        "int_type": "Må være et helt tall.",
        "float_type": "Må være et tall.",
        "bool_type": "Må være true eller false.",
        "list_type": "Må være en liste.",
        "model_type": "Må være et objekt.",
        "enum": "Koden er ikke i kodelisten.",
        "too_long": "Listen er for lang.",
        "string_too_long": "Teksten er for lang.",
        "string_too_short": "Teksten er for kort.",
        "string_pattern_mismatch": "Feil format.",
        "greater_than_equal": "Tallet er for lite.",
        "less_than_equal": "Tallet er for stort.",
        "dag": "Må være en dato fra 1900-01-01, skrevet ÅÅÅÅ-MM-DD.",
        "tidspunkt": "Må være et tidspunkt mellom 2000 og 2100 med tidssone, som 2026-05-12T08:14:00Z.",
        "uuid": "Må være en UUID med bindestreker.",
        "tegn": "Teksten har usynlige tegn, eller for mange merker på én bokstav.",
    }
)
"""What we say for each kind of breach; the schema library's own words may quote the input."""


def faults_of(error: ValidationError, known_names: AbstractSet[str]) -> tuple[FieldFault, ...]:
    """Say where a body breaks the schema, once per place and kind, in our own words."""
    faults: dict[FieldFault, None] = {}
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        path = item["loc"][:-1] if item["type"] == "extra_forbidden" else item["loc"]
        text = FAULT_TEXTS.get(item["type"], "Verdien er ugyldig.")
        faults[FieldFault(pointer_of(path, known_names), text)] = None
    return tuple(faults)


def pointer_of(path: Sequence[str | int], known_names: AbstractSet[str]) -> str:
    """A JSON pointer as far as the path consists of indexes and of our own field names."""
    pointer = ""
    for step in path:
        if isinstance(step, str) and step not in known_names:
            break
        pointer += f"/{step}"
    return pointer
