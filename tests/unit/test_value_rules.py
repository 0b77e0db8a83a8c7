import orjson
import pytest

from qlines.value_rules import (
    is_same,
    is_too_deep,
    key_problem,
    number_in,
    shown,
    text_problem,
    value_problem,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("-12", -12),
        ("007", 7),
        ("1.0", 1.0),
        ("-.5", -0.5),
        ("9223372036854775807", 9223372036854775807),
    ],
)
def test_it_casts_text_that_is_a_number(text, number):
    cast = number_in(text)

    assert cast == number
    assert type(cast) is type(number)


@pytest.mark.parametrize(
    "text",
    ["", "-", "5.", "+5", "1e5", "0x10", " 5", "5 ", "1.2.3", "--1", "9223372036854775808",
     "0.12345678901234567", "९", "1" * 401],
)  # fmt: skip
def test_it_leaves_other_text_as_it_is(text):
    assert number_in(text) == text


def test_it_shortens_what_it_shows():
    assert shown("a" * 100) == '"' + "a" * 40 + '…"'
    assert shown("a\nb") == '"a\\nb"'


def test_it_shows_also_what_could_be_read_and_cannot_be_written():
    nested = orjson.loads(b"[" * 300 + b"]" * 300)

    assert shown(nested) == "a value that is nested too deep"


@pytest.mark.parametrize("key", ["a", "a.b", "$a", "a,b", "ü" * 255])
def test_a_key_is_any_text_of_255_characters(key):
    assert key_problem(key) is None


@pytest.mark.parametrize(
    ("key", "rule"),
    [("", "empty"), ("a" * 256, "at most 255 characters, this one has 256"), ("a\n", "control")],
)
def test_another_key_has_a_problem(key, rule):
    assert rule in key_problem(key)


def test_a_whole_number_beyond_64_bits_has_a_problem_also_inside_a_value():
    assert value_problem(2**63 - 1, b"") is None
    assert "64 bits" in value_problem(2**63, b"")
    assert "64 bits" in value_problem({"a": [1.8446744073709552e19]}, b"[18446744073709551616]")
    assert value_problem(1.8e19, b"1.8e19") is None


@pytest.mark.parametrize(
    "text",
    [b"18446744073709551616", b'{"a": [1, -9223372036854775809]}', b"[" + b"9" * 5_000 + b"]"],
)
def test_text_in_which_a_whole_number_loses_digits_has_a_problem(text):
    assert "64 bits" in text_problem(text)


@pytest.mark.parametrize(
    "text",
    [
        b"9223372036854775807",
        b"-9223372036854775808",
        b"[1.8446744073709551616e19, 18446744073709551616.5, 1e30]",
        rb'["18446744073709551616", "\"18446744073709551616", {"18446744073709551616": 1}]',
        b"[" * 1_000 + b"]" * 1_000,
    ],
)
def test_other_text_has_none(text):
    assert text_problem(text) is None


def test_sixteen_levels_are_not_too_deep():
    value = 1
    for _ in range(16):
        value = [value]

    assert not is_too_deep({"a": value})
    assert is_too_deep({"a": {"b": value}})


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1.0), (True, True), ("a", "a"), ({"a": 1, "b": [2]}, {"b": [2.0], "a": 1}), ([], [])],
)
def test_values_are_the_same_as_json(one, other):
    assert is_same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), (0, False), (1, "1"), ([1], [True]), ({"a": 0}, {"a": False}), ([1], [1, 1]),
     ({"a": 1}, {"b": 1}), ([], {})],
)  # fmt: skip
def test_values_of_other_types_or_contents_are_not_the_same(one, other):
    assert not is_same(one, other)
