"""What is read at once is what the strict reader reads, and nothing it would refuse is read at once."""

import json
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.wire.plain_json import read_plain
from serving.wire.strict_json import MAX_DEPTH, BodyError, read_strictly
from tests.builders import a_request

FNR = "01019012345"
UUID, TIME = "0b2f1a34-1111-4222-8333-012345678901", "2026-05-12T08:14:00.123456789Z"
PIECES = (
    *("", "a", "b", "navn", "NEI", "0", "12345", "010190", "12345678901", "1234567890", "2026-05-12", ":"),
    *(" ", "-", "_", " - ", " -- ", "/", "{", "}", "[", "]", "{}", "[]", "](", "()", ",", UUID, TIME),
    *(r"\"", r"\\", r"\u0030", r"\u0061", r"\ud800", r"\ud83d\ude00", r"\u0000", r"\n", r"\/", r"\x"),
    *("\x00", "\t", "\x7f", "\x80", "\x9f", "\u00ad", "\u200b", "٠", "０", "æ", "\U0001f600", "⑩", "\ufeff"),
)
NUMBERS = (
    *("0", "-0", "-0.0", "1", "1.5", "1e5", "1E+2", "01", "+1", ".5", "1.", "1e308", "1e309", "-1e999"),
    *("1e-999", "9999999999", "12345678901", "-12345678901", "1234567890.5", "12345678901.5"),
    *("1.00000000001", "12345678901e-9", "NaN", "Infinity", "-Infinity", "9" * 5000, "true", "null", "nul"),
)
HONEST = ('"NEI"', "1", "2.5", "null", '"2026-05-12"', f'"{UUID}"', f'"{TIME}"')


def a_text(random: Random) -> str:
    return f'"{"".join(random.choices(PIECES, k=random.randrange(4)))}"'


def a_name(random: Random) -> str:
    """One of a few, so that some stand twice in one object, also in two spellings; seldom a hostile one."""
    return random.choice(('"a"', '"b"', '"c"', '"d"', '"navn"', r'"\u0061"', f'"{UUID}"', a_text(random)))


def a_blank(random: Random) -> str:
    return random.choice((*20 * [""], " ", "\n", "\t ", "\u00a0", "\x0b"))


def a_value(random: Random, depth: int) -> str:
    """Text that is nearly JSON: hostile in what it holds, in its form or in nothing at all."""
    match random.randrange(12 if depth else 7):
        case 0:
            return a_text(random)
        case 1:
            return random.choice(NUMBERS)
        case 7 | 8:
            return f"[{','.join(a_value(random, depth - 1) for _ in range(random.randrange(4)))}]"
        case 9:
            more = random.randrange(MAX_DEPTH + 2)
            return "[" * more + a_value(random, depth - 1) + "]" * more
        case 10 | 11:
            return an_object(random, depth - 1)
        case _:
            return random.choice(HONEST)


def an_object(random: Random, depth: int) -> str:
    members = [
        f"{a_name(random)}{a_blank(random)}:{a_blank(random)}{a_value(random, depth)}"
        for _ in range(random.randrange(4))
    ]
    return f"{{{','.join(members)}}}"


def read(reader: Callable[[], object]) -> str | None:
    """Equal in type, order and sign too; None for a body that is refused."""
    try:
        return json.dumps(reader())
    except BodyError:
        return None


def agree(body: str) -> bool:
    """Whether the body was read at once; then the strict reader must read the same."""
    sent = body.encode("utf-8", "surrogatepass")
    plain = read_plain(sent, max_depth=MAX_DEPTH)
    if plain is not None:
        assert json.dumps(plain) == read(lambda: read_strictly(sent, frozenset())), body
    return plain is not None


@settings(deadline=None, max_examples=12)
@given(st.randoms(use_true_random=True))
def test_what_is_read_at_once_the_strict_reader_reads_the_same(random: Random) -> None:
    at_once = [agree(an_object(random, 3)) for _ in range(1000)]
    assert 100 < sum(at_once) < 900  # or the bodies are too hostile, or too honest, to show anything


@settings(deadline=None, max_examples=6)
@given(st.randoms(use_true_random=True))
def test_a_body_that_was_cut_or_added_to_is_never_read_in_two_ways(random: Random) -> None:
    for _ in range(1000):
        body, more = an_object(random, 2), random.choice((*PIECES, *'{}[]",:\\1', f'"{FNR}"'))
        cut = random.randint(0, len(body))
        agree(body[:cut] + more + body[cut + random.randrange(3) :])


@pytest.mark.parametrize("depth", range(1, 2 * MAX_DEPTH + 2))
@pytest.mark.parametrize("level", ['{"a":', '{"a":[', "[", '[{"a":', '[{}, {"a":'])
def test_depth_counts_as_the_strict_reader_counts_it(depth: int, level: str) -> None:
    closing = "".join({"{": "}", "[": "]"}.get(sign, "") for sign in reversed(level.replace("{}", "")))
    body = ('{"a":' + level * (depth - 1) + "[]" + closing * (depth - 1) + "}").encode()
    plain = read_plain(body, max_depth=MAX_DEPTH)
    assert (None if plain is None else json.dumps(plain)) == read(lambda: read_strictly(body, frozenset()))


@pytest.mark.parametrize(
    "body",
    [
        f'{{"a": "{FNR}"}}',
        f'{{"{FNR}": 1}}',
        f'{{"a": {FNR}}}',
        '{"a": "010190 - 12345"}',
        f'{{"a": "{UUID} 1"}}',
        f'{{"a": " {UUID}"}}',
        '{"a": 1, "a": 1}',
        '{"b": [{"a": {"c": 1, "c": 2}}]}',
        '{"a": 1e999}',
        '{"a": NaN}',
        '{"a": "x\x7f"}',
        '{"a": "\x80"}',
        r'{"a": "\u0000"}',
        "[]",
        "1",
        "",
        '{"a": "[]"}',
    ],
)
def test_what_may_be_at_fault_is_left_to_the_strict_reader(body: str) -> None:
    assert read_plain(body.encode(), max_depth=MAX_DEPTH) is None


def test_an_ordinary_request_is_read_at_once() -> None:
    """Or nothing is gained: its ids hold eleven digits and its time has fractions of a second."""
    request = a_request(periodeId="00000000-0000-4000-8000-000000000000")
    request["opplysningerOmArbeidssoeker"]["sendtInnAv"]["tidspunkt"] = TIME
    assert read_plain(json.dumps(request).encode(), max_depth=MAX_DEPTH) == request
