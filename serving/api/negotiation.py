"""Which language and which form a reader gets, by what the request says it can read (RFC 9110, ch. 12).

The language that was given always stands in `Content-Language`; nothing falls back in silence.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from starlette.requests import Request
from starlette.responses import Response

from models.canonical import digest_of
from models.text_file import ANSWERED_IN, LANGUAGES
from serving.pages.routes import HEADERS
from serving.wire.problems import Problem, RefusedError

SAME_AS = {"no": "nb"}
"""Norwegian without saying which is read as bokmål, which most write."""


class Form(StrEnum):
    """The forms a text is given in, with the same sections and sentences; the first is the default."""

    JSON = "application/json"
    TEXT = "text/plain"
    HTML = "text/html"


NOT_ACCEPTABLE = Problem(
    "formen-finnes-ikke",
    406,
    "Formen finnes ikke",
    "Be om application/json, text/plain eller text/html i headeren Accept.",
)


def languages_of(request: Request) -> tuple[str, ...]:
    """Our languages the reader can have, best liked first; bokmål stands last when nobody asked for it."""
    weights = dict(_weighted(request.headers.getlist("accept-language")))
    named: dict[str, float] = {}
    for tag, weight in weights.items():
        language = tag.partition("-")[0]
        language = SAME_AS.get(language, language)
        named[language] = max(weight, named.get(language, 0.0))
    liked = {language: named.get(language, weights.get("*", 0.0)) for language in LANGUAGES}
    wanted = sorted((x for x in LANGUAGES if liked[x] > 0), key=lambda x: -liked[x])
    return tuple(dict.fromkeys([*wanted, ANSWERED_IN]))


def form_of(request: Request) -> Form:
    """The form the reader likes best. Raises RefusedError (406) where there is none they can read."""
    weights = dict(_weighted(request.headers.getlist("accept")))
    if not weights:
        return Form.JSON
    best = max(Form, key=lambda form: _weight(form, weights))  # of several, the first
    if _weight(best, weights) <= 0:
        raise RefusedError(NOT_ACCEPTABLE)
    return best


def in_form(request: Request, body: bytes, form: Form, spraak: str) -> Response:
    """The answer with what a cache must know; 304 where the reader has these very bytes.

    The tag is made of the bytes: entry, level, language and form are all in it.
    """
    etag = f'"{digest_of(body)}"'
    headers = {
        **(HEADERS if form is Form.HTML else {"X-Content-Type-Options": "nosniff"}),
        "ETag": etag,
        "Cache-Control": "private, no-cache",
        "Vary": "Accept, Accept-Language",
        "Content-Language": spraak,
    }
    if is_known(etag, request):
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, form.value)


def is_known(etag: str, request: Request) -> bool:
    """Whether the reader already has these bytes (RFC 9110, weak comparison)."""
    given = request.headers.get("if-none-match", "")
    tags = [tag.strip().removeprefix("W/") for tag in given.split(",")]
    return etag in tags or tags == ["*"]


def _weighted(headers: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Each range of a header with its weight, in lower case; what cannot be read is passed over."""
    for part in ",".join(headers).lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = next((p.removeprefix("q=") for p in parameters if p.startswith("q=")), "1")
        try:
            number = float(weight)
        except ValueError:
            continue
        if name and 0 <= number <= 1:
            yield name, number


def _weight(form: Form, weights: Mapping[str, float]) -> float:
    """That of the range which names the form most closely."""
    kind = form.value.partition("/")[0]
    named = (weights.get(name) for name in (form.value, f"{kind}/*", "*/*"))
    return next((weight for weight in named if weight is not None), 0.0)
