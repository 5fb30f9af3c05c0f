"""A body has one reading or none, and a refusal tells nothing of what was in it."""

import json
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from serving.wire.strict_json import MAX_DEPTH, BodyError, BodyFault, JsonValue, read_json

FNR = "01019012345"
KNOWN = frozenset({"person", "lister", "a/b", "m~n", "navn"})


def refused(body: bytes | str) -> BodyError:
    sent = body.encode() if isinstance(body, str) else body
    with pytest.raises(BodyError) as caught:
        read_json(sent, known_names=KNOWN)
    return caught.value


def nested(depth: int, opening: str = '{"navn":', closing: str = "}") -> str:
    return opening * (depth - 1) + "{}" + closing * (depth - 1)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", BodyFault.TOM),
        (b" \r\n\t", BodyFault.TOM),
        (b"\xef\xbb\xbf{}", BodyFault.BOM),
        ('{"a": 1}'.encode("utf-16"), BodyFault.IKKE_UTF8),
        (b'{"navn": "\xe6"}', BodyFault.IKKE_UTF8),  # Latin-1
        (b'{"navn": "\xed\xa0\x80"}', BodyFault.IKKE_UTF8),  # a surrogate in UTF-8's clothes
        (b'{"navn": "\xc0\x80"}', BodyFault.IKKE_UTF8),  # an overlong NUL
        (b"{", BodyFault.IKKE_JSON),
        (b"{}{}", BodyFault.IKKE_JSON),
        (b"{} x", BodyFault.IKKE_JSON),
        (b'{"a": 1,}', BodyFault.IKKE_JSON),
        (b"{'a': 1}", BodyFault.IKKE_JSON),
        (b'{"a": 01}', BodyFault.IKKE_JSON),
        (b'{"a": +1}', BodyFault.IKKE_JSON),
        (b'{"a": .5}', BodyFault.IKKE_JSON),
        ('{"a": ١}', BodyFault.IKKE_JSON),  # an Arabic digit is no number
        (b'{"a": "x\ty"}', BodyFault.IKKE_JSON),
        (b"{}\x00", BodyFault.IKKE_JSON),
        (b"{} // comment", BodyFault.IKKE_JSON),
        (b"[]", BodyFault.IKKE_OBJEKT),
        (b"[[1, 2]]", BodyFault.IKKE_OBJEKT),
        (b"null", BodyFault.IKKE_OBJEKT),
        (b"1e999", BodyFault.IKKE_OBJEKT),
        (b'"{}"', BodyFault.IKKE_OBJEKT),
        (b'{"a": NaN}', BodyFault.IKKE_ET_TALL),
        (b'{"a": [-Infinity]}', BodyFault.IKKE_ET_TALL),
        (b'{"a": {"b": Infinity}}', BodyFault.IKKE_ET_TALL),
        (b'{"a": 1e999}', BodyFault.FOR_STORT_TALL),
        (b'{"a": -1e999}', BodyFault.FOR_STORT_TALL),
        (b'{"a": 1, "a": 1}', BodyFault.DOBBELT_FELT),
        (b'{"a": [{"b": {"c": 1, "c": 2}}]}', BodyFault.DOBBELT_FELT),
        (rb'{"a": 1, "\u0061": 2}', BodyFault.DOBBELT_FELT),
        (rb'{"a": "\ud800"}', BodyFault.UGYLDIG_TEGN),
        (rb'{"a": "\udc00\ud800"}', BodyFault.UGYLDIG_TEGN),
        (rb'{"\udfff": 1}', BodyFault.UGYLDIG_TEGN),
        (rb'{"a": "x\u0000"}', BodyFault.UGYLDIG_TEGN),
        (rb'{"a": "x\ny"}', BodyFault.UGYLDIG_TEGN),
        (rb'{"a\u007f": 1}', BodyFault.UGYLDIG_TEGN),
        (rb'{"a": ["\u0085"]}', BodyFault.UGYLDIG_TEGN),
    ],
)
def test_a_body_with_no_single_reading_is_refused(body: bytes | str, code: BodyFault) -> None:
    assert refused(body).code is code


@pytest.mark.parametrize(
    "body",
    [
        nested(MAX_DEPTH + 1),
        nested(100_000),
        '{"navn":' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"navn":' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}",
    ],
    ids=["one too deep", "very deep objects", "very deep lists", "lists count too"],
)
def test_a_body_deeper_than_the_limit_is_refused(body: str) -> None:
    assert refused(body).code is BodyFault.FOR_DYP


def test_a_very_deep_body_that_never_ends_is_refused() -> None:
    assert refused('{"navn":' + "[" * 1_000_000).code in {BodyFault.FOR_DYP, BodyFault.IKKE_JSON}


def test_a_body_as_deep_as_the_limit_is_read() -> None:
    assert read_json(nested(MAX_DEPTH).encode()) == json.loads(nested(MAX_DEPTH))


@pytest.mark.parametrize(
    "text",
    [
        FNR,
        f"ring {FNR} i dag",
        f"x{FNR}x",
        FNR + "00",
        "010190 12345",
        "010190-12345",
        "010190.12345",
        "010190\u00a012345",
        "010190\u201312345",
        "010190\u200b12345",
        "010190_12345",
        "01.01.90-123.45",
        "01 01 90 12345",
        "０１０１９０１２３４５",
        "٠١٠١٩٠١٢٣٤٥",
        "0１0１9０12345",
        f"2026-05-12 {FNR}",
        f"2026-05-12T08:14:00.{FNR}Z",
        "0b2f1a34-1111-4222-8333-1234567890ab 1",
        "0b2f1a34-1111-4222-8333-01019012345",
        "urn:uuid:0b2f1a34-1111-4222-8333-012345678901",
        "F. 010190, 12345",
        "010190 - 12345",
        "01.01.1990, 12345",
        "1990-01-01: 1 2 3 4 5",
        "2019 2020 12345",
        "01.01.19901 2345",
        "\u200b\u200b".join(FNR),
        "".join(f"{digit}\ufe0f\u20e3" for digit in FNR),
        "⓪①⓪①⑨⓪①②③④⑤",
        "❶⓪❶⓪❾⓪❶❷❸❹❺",
        "⁰¹⁰¹⁹⁰¹²³⁴⁵",
        "⑩⑩⑩⑩⑩①",
    ],
)
def test_eleven_digits_are_refused_however_they_are_written(text: str) -> None:
    in_value = refused(json.dumps({"person": {"lister": [text]}}))
    in_name = refused(json.dumps({"person": {text: 1}}))
    assert (in_value.code, in_value.pointer) == (BodyFault.ELLEVE_SIFRE, "/person/lister/0")
    assert (in_name.code, in_name.pointer) == (BodyFault.ELLEVE_SIFRE, "/person")


@pytest.mark.parametrize(
    "number", ["13019012345", "-13019012345", "13019012345.0", "13019012345e0", "9" * 5_000, "9" * 60_000]
)
def test_eleven_digits_are_refused_as_a_number_too(number: str) -> None:
    assert refused(f'{{"person": {number}}}').code is BodyFault.ELLEVE_SIFRE


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-12",
        "2026-05-12T08:14:00Z",
        "2026-05-12T08:14:00.123Z",
        "2026-05-12T08:14:00.123456789Z",
        "2026-05-12T08:14:00.12345+02:00",
        "2026-05-12 08:14:00.123456+0200",
        "0b2f1a34-1111-4222-8333-012345678901",
        "0B2F1A34-1111-4222-8333-012345678901",
        "01234567-1111-4222-8333-444455556666",
        "0123456789",
        "+47 12 34 56 78",
        "7223",
        "31.12.2026",
        "30 % av 100",
        "Jobbet 01.02.2023-01.03.2024.",
        "2023-02-01 – 2024-03-01",
        "Kurs i 2019 2020 2021.",
        "Møter 10.05.2026 12.05.2026, 10:30-11:15",
    ],
)
def test_dates_instants_uuids_and_short_numbers_name_nobody(text: str) -> None:
    assert read_json(json.dumps({"navn": text}).encode()) == {"navn": text}


@given(st.uuids())
def test_every_uuid_is_read(value: uuid.UUID) -> None:
    assert read_json(json.dumps({"id": str(value)}).encode()) == {"id": str(value)}


@given(
    st.datetimes(),
    st.integers(-14, 14),
    st.sampled_from(["minutes", "seconds", "milliseconds", "microseconds"]),
)
def test_every_instant_is_read(moment: datetime, hours: int, precision: str) -> None:
    text = moment.replace(tzinfo=timezone(timedelta(hours=hours))).isoformat(timespec=precision)
    in_utc = moment.replace(tzinfo=UTC).isoformat(timespec=precision).replace("+00:00", "Z")
    assert read_json(json.dumps({"fra": text, "til": in_utc}).encode()) == {"fra": text, "til": in_utc}


@given(st.lists(st.sampled_from("0123456789"), min_size=11, max_size=11), st.data())
def test_no_three_separators_hide_eleven_digits(digits: list[str], data: st.DataObject) -> None:
    separators = st.text(" -./,\u00a0\u2011\u00ad", max_size=3)
    text = "".join(digit + data.draw(separators) for digit in digits)
    assert refused(json.dumps({"navn": text})).code is BodyFault.ELLEVE_SIFRE


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ('{"person": {"lister": [0, {"navn": NaN}]}}', "/person/lister/1/navn"),
        ('{"person": {"hemmelig": {"navn": NaN}}}', "/person"),
        ('{"hemmelig": [NaN]}', ""),
        ('{"person": {"navn": 1, "navn": 2}}', "/person/navn"),
        ('{"person": {"hemmelig": 1, "hemmelig": 2}}', "/person"),
        ('{"a/b": {"m~n": NaN}}', "/a~1b/m~0n"),
    ],
)
def test_a_pointer_holds_only_indexes_and_names_we_know(body: str, pointer: str) -> None:
    assert refused(body).pointer == pointer


@pytest.mark.parametrize(
    "body",
    [
        '{"hemmelig": NaN}',
        '{"hemmelig": 1, "hemmelig": 2}',
        '{"hemmelig": "hemmelig 010190 12345"}',
        r'{"hemmelig": "hemmelig \u0000"}',
        '{"hemmelig": "hemmelig',
        b'{"hemmelig": "\xff"}',
        nested(100, '{"hemmelig":'),
    ],
)
def test_a_refusal_holds_nothing_of_the_body(body: str | bytes) -> None:
    error = refused(body)
    told = f"{error} {error.detail} {error.pointer} {error!r} {vars(error)}"
    assert "hemmelig" not in told
    assert "12345" not in told
    assert error.__cause__ is None
    assert error.__context__ is None


def texts() -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=("Cs", "Cc", "Nd")), max_size=20)


def json_objects() -> st.SearchStrategy[dict[str, JsonValue]]:
    small = st.floats(-1e9, 1e9, allow_nan=False)
    leaves = st.none() | st.booleans() | st.integers(-(10**10) + 1, 10**10 - 1) | small | texts()
    values: st.SearchStrategy[JsonValue] = st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(), inner, max_size=3)
    )
    return st.dictionaries(texts(), values, max_size=5)


@given(json_objects(), st.sampled_from(["ascii", "utf-8"]))
def test_what_we_write_we_read_back_the_same(written: dict[str, JsonValue], spelling: str) -> None:
    body = json.dumps(written, ensure_ascii=spelling == "ascii")
    assume(depth_of(written) <= MAX_DEPTH)
    read = read_json(body.encode())
    assert json.dumps(read) == json.dumps(written)  # equal in type and sign too: 1, 1.0, True, -0.0


def depth_of(value: JsonValue) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        read = read_json(body)
    except BodyError as error:
        assert error.detail
    else:
        assert read == json.loads(body)
