"""Language and form by what a reader says they can read (RFC 9110)."""

import pytest
from starlette.requests import Request

from serving.api.negotiation import Form, form_of, languages_of
from serving.wire.problems import RefusedError


def asking(name: str, *values: str) -> Request:
    headers = [(name.encode(), value.encode()) for value in values]
    return Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers})


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        ("", ("nb",)),
        ("nn", ("nn", "nb")),
        ("en-GB", ("en", "nb")),
        ("NN-no", ("nn", "nb")),
        ("no", ("nb",)),
        ("nb-NO", ("nb",)),
        ("nn, nb;q=0.8, en;q=0.9", ("nn", "en", "nb")),
        ("en;q=0.1, nn;q=0.2", ("nn", "en", "nb")),
        ("se, fi", ("nb",)),
        ("*", ("nb", "nn", "en")),
        ("en, *;q=0.1", ("en", "nb", "nn")),
        ("nb;q=0", ("nb",)),  # nothing is acceptable: bokmål, and Content-Language says so
        ("nb;q=0, *", ("nn", "en", "nb")),
        ("nn;q=hemmelig, en;q=2, nb;q=-1, ;;,", ("nb",)),
        ("nn;q=nan", ("nb",)),
    ],
)
def test_languages_come_in_the_order_they_are_liked(header: str, languages: tuple[str, ...]) -> None:
    assert languages_of(asking("accept-language", header)) == languages


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("", Form.JSON),
        ("*/*", Form.JSON),
        ("text/plain", Form.TEXT),
        ("text/*", Form.TEXT),
        ("text/*, text/plain;q=0", Form.HTML),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Form.HTML),
        ("text/plain;q=0.5, application/json;q=0.4", Form.TEXT),
        ("TEXT/HTML; charset=utf-8", Form.HTML),
        ("application/json;q=0, */*;q=0.1", Form.TEXT),
    ],
)
def test_the_form_that_is_liked_best_is_given(header: str, form: Form) -> None:
    assert form_of(asking("accept", header)) is form


@pytest.mark.parametrize("header", ["image/png", "application/json;q=0", "text/*;q=0, application/xml"])
def test_a_form_that_nobody_has_is_refused(header: str) -> None:
    with pytest.raises(RefusedError) as told:
        form_of(asking("accept", header))
    assert told.value.problem.status == 406


def test_a_header_given_twice_is_read_as_one() -> None:
    assert languages_of(asking("accept-language", "en;q=0.5", "nn")) == ("nn", "en", "nb")
    assert form_of(asking("accept", "image/png", "text/html")) is Form.HTML
