"""Where two contents differ is told exactly, whatever stands in them."""

import pytest

from serving.replaying.differences import differences_of


@pytest.mark.parametrize(
    ("journal", "naa", "told"),
    [
        ('{"a":1}', '{"a":1.0}', [("/a", "1", "1.0")]),
        ('{"a":0.0}', '{"a":-0.0}', [("/a", "0.0", "-0.0")]),
        ('{"a":true}', '{"a":1}', [("/a", "true", "1")]),
        ('{"a":null}', "{}", [("", '{"a":null}', None)]),
        ("{}", '{"a":null}', [("/a", None, "null")]),
        ('{"a":[1,2]}', '{"a":[1]}', [("/a/1", "2", None)]),
        ('{"a":[1]}', '{"a":[1,{"b":2}]}', [("/a/1", None, '{"b":2}')]),
        ('{"a":{"b":1,"c":2}}', '{"a":{"b":2,"c":3}}', [("/a/b", "1", "2"), ("/a/c", "2", "3")]),
        ('{"svar":"{\\"a\\":1}"}', '{"svar":"{\\"a\\":2}"}', [("/svar/a", "1", "2")]),
        ('{"a":"\\ud800"}', '{"a":"å"}', [("/a", '"\\ud800"', '"å"')]),
    ],
)
def test_a_difference_is_told_with_its_place_and_both_spellings(
    journal: str, naa: str, told: list[tuple[str, str | None, str | None]]
) -> None:
    found = differences_of(journal.encode(), naa.encode())
    assert [(f.peker, f.journal, f.naa) for f in found] == told


def test_contents_that_say_the_same_in_other_bytes_are_different_as_a_whole() -> None:
    for journal in (b'{"a": 1}', b'{"a":2,"a":1}'):
        (whole,) = differences_of(journal, b'{"a":1}')
        assert whole.peker == ""
        assert whole.journal != whole.naa
    assert differences_of(b'{"a":1}', b'{"a":1}') == ()


def test_a_content_nested_too_deep_to_look_into_is_different_as_a_whole() -> None:
    deep = b'{"a":' * 900 + b"1" + b"}" * 900
    assert differences_of(deep, deep.replace(b"1", b"2"))[0].peker in {"", "/a" * 900}


def test_a_name_that_only_the_journal_has_is_not_repeated_in_a_pointer() -> None:
    (found,) = differences_of(b'{"a":{"Ola Nordmann":1}}', b'{"a":{}}')
    assert found.peker == "/a"
