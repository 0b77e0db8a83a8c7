import pytest

from qlines.ingest.values import checked, number_in, shown


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


def test_it_returns_the_same_values_when_nothing_has_to_change():
    values = {"a": 1, "b": 2.5, "c": True}
    checked(values, b"")

    again, problems = checked(values, b"")

    assert again is values
    assert problems == []


def test_it_shortens_what_it_shows():
    assert shown("a" * 100) == '"' + "a" * 40 + '…"'
    assert shown("a\nb") == '"a\\nb"'


def test_it_shows_no_value_that_is_nested_deeper_than_it_can_be_written():
    value = None
    for _ in range(300):
        value = [value]

    assert shown(value) == "a value that is nested too deep"
