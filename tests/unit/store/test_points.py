import math

import pytest

from qlines.reading import Reading
from qlines.store.points import BOOL, JSON, NUMBER, TEXT, columns_of, plain_number, value_of

PUMP, VALVE, ALICE = "1" * 24, "2" * 24, "a" * 24


def test_it_flattens_readings_to_points():
    columns = columns_of(
        [
            Reading(PUMP, ALICE, 5, {"a": 1, "b": 2.5}),
            Reading(VALVE, ALICE, 6, {}),
            Reading(VALVE, ALICE, 7, {"a": 3}),
        ]
    )

    assert columns.device == [PUMP, PUMP, VALVE]
    assert columns.key == ["a", "b", "a"]
    assert columns.time_us == [5, 5, 7]
    assert columns.kind == [NUMBER, NUMBER, NUMBER]
    assert columns.number == [1, 2.5, 3]
    assert columns.text == ["", "", ""]


@pytest.mark.parametrize(
    ("value", "kind", "number", "text"),
    [
        (1, NUMBER, 1.0, ""),
        (2**53 - 1, NUMBER, 2.0**53 - 1, ""),
        (2**53, NUMBER, 2.0**53, "9007199254740992"),
        (-(2**53), NUMBER, -(2.0**53), "-9007199254740992"),
        (2**64 - 1, NUMBER, 2.0**64, "18446744073709551615"),
        (1.5, NUMBER, 1.5, ""),
        (True, BOOL, 1.0, ""),
        (False, BOOL, 0.0, ""),
        ("x", TEXT, math.nan, "x"),
        ("", TEXT, math.nan, ""),
        ([1, "ü"], JSON, math.nan, '[1,"ü"]'),
        ({"a": None}, JSON, math.nan, '{"a":null}'),
    ],
)
def test_it_splits_each_kind_of_value_and_puts_it_together_again(value, kind, number, text):
    columns = columns_of([Reading(PUMP, ALICE, 5, {"a": value})])

    assert columns.kind == [kind]
    assert columns.number == pytest.approx([number], nan_ok=True)
    assert columns.text == [text]
    again = value_of(kind, float(columns.number[0]), text)
    assert again == value
    assert type(again) is type(value)


def test_it_does_not_change_what_it_was_given():
    values = {"a": True, "b": "x"}

    columns_of([Reading(PUMP, ALICE, 5, values)])

    assert values == {"a": True, "b": "x"}


@pytest.mark.parametrize(
    ("number", "expected"),
    [(21.0, 21), (-3.0, -3), (0.5, 0.5), (1e300, 1e300), (math.nan, None), (math.inf, None)],
)
def test_a_number_is_whole_where_it_can_be_and_never_nan(number, expected):
    assert plain_number(number) == expected
    assert type(plain_number(number)) is type(expected)
