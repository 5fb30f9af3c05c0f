"""The quick way to write JSON gives the bytes of the standard library's, or it could not stand in a chain."""

import json
from math import inf, nan, nextafter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.canonical import canonical_json, canonical_text
from serving.wire.spelling import numbers, spelled

TEXTS = st.text(st.characters(codec="utf-8"))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)
WHERE_THE_WRITING_CHANGES = [
    *(0.0, -0.0, 5e-324, 1e-7, 1e-5, nextafter(1e-4, 0), 1e-4, nextafter(1e-4, 1)),
    *(nextafter(1e15, 0), 1e15, 2.0**53, nextafter(1e16, 0), 1e16, 1e17, 1e22, 1.7976931348623157e308),
]


@given(PLAIN)
def test_values_are_spelled_as_the_standard_library_spells_them(value: object) -> None:
    theirs = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    assert spelled(value) == theirs.encode()


@given(st.dictionaries(TEXTS, TEXTS))
def test_in_the_order_of_names_it_is_the_one_spelling(value: dict[str, str]) -> None:
    assert spelled(dict(sorted(value.items()))) == canonical_json(value)


@given(TEXTS)
@example("".join(map(chr, range(0x20))) + '"\\/\x7f\u2028\u2029\ufeff–æ😀')
def test_a_text_is_escaped_the_same_be_it_in_bytes_or_not(text: str) -> None:
    assert spelled(text.encode()) == spelled(text) == canonical_json(text)


@settings(max_examples=400)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.floats(-3, 3)))
@example([])
@example([sign * 2.0**power for power in range(-20, 60) for sign in (1, -1)])
@example([sign * number for number in WHERE_THE_WRITING_CHANGES for sign in (1, -1)])
def test_numbers_keep_the_one_spelling_to_the_last_digit(values: list[float]) -> None:
    assert numbers(values) == [canonical_text(value) for value in values]


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_what_is_no_number_is_not_written(value: float) -> None:
    with pytest.raises(ValueError, match="no number"):
        numbers([0.5, value])
