"""What a parameter of a control may be, and which values it takes."""

import math

import pytest

from qlines.errors import FieldError
from qlines.store.control_parameters import allowed, check_value, checked_parameter

SPEED = {"name": "speed", "type": "number", "min": 0, "max": 10, "step": 0.1, "unit": "m/s"}


def parameter(**fields):
    return checked_parameter("parameters.0", {"name": "p", "type": "number", **fields})


def test_a_parameter_keeps_the_limits_that_were_given():
    assert checked_parameter("parameters.0", SPEED) == {**SPEED, "label": ""}


def test_a_text_without_a_limit_gets_one():
    assert parameter(type="text")["max_length"] == 255


def test_names_and_labels_lose_the_spaces_around_them():
    checked = parameter(name=" p ", label=" Speed ", unit=" % ")

    assert (checked["name"], checked["label"], checked["unit"]) == ("p", "Speed", "%")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": "x" * 65}, "parameters.0.name must have 0 to 64 characters"),
        ({"name": "a\nb"}, "no control characters, got 'a\\nb'"),
        ({"label": "\ud800"}, "parameters.0.label must have 0 to 64 characters"),
        ({"unit": "x" * 17}, "parameters.0.unit must have 0 to 16 characters"),
        ({"min": 5, "max": 5}, "parameters.0.max must be above min, which is 5, got 5"),
        ({"step": 0}, "parameters.0.step must be above 0, got 0"),
        ({"min": math.inf}, "parameters.0.min must be a number from -9007199254740991"),
        ({"max": math.nan}, "parameters.0.max must be a number from -9007199254740991"),
        ({"min": True}, "parameters.0.min must be a number"),
        ({"max_length": 5}, "parameters.0.max_length does not limit the type number"),
        ({"type": "bool", "unit": "%"}, "parameters.0.unit does not limit the type bool"),
        ({"type": "text", "max_length": 0}, "max_length must be from 1 to 1000, got 0"),
        ({"type": "text", "max_length": 1001}, "max_length must be from 1 to 1000, got 1001"),
        ({"type": "choice"}, "choices must be 1 to 50 values, got 0"),
        ({"type": "choice", "choices": list(range(51))}, "must be 1 to 50 values, got 51"),
        ({"type": "choice", "choices": [""]}, "choices must have 1 to 1000 characters"),
        ({"type": "choice", "choices": [None]}, "choices must be a number"),
        ({"type": "choice", "choices": ["a", " a"]}, "leave out what is there twice"),
    ],
)
def test_a_bad_limit_is_refused_with_the_rule_and_the_value(fields, reason):
    with pytest.raises(FieldError) as error:
        parameter(**fields)

    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        ({}, [0, -5, 2.5, 2**53 - 1]),
        ({"min": 0, "max": 1, "step": 0.1}, [0, 0.1, 0.3, 0.7000000000000001, 1]),
        ({"min": 1, "step": 2}, [1, 3, 5.0]),
        ({"type": "bool"}, [True, False]),
        ({"type": "text", "max_length": 3}, ["", "abc", "äöü"]),
        ({"type": "choice", "choices": ["auto", 1]}, ["auto", 1]),
    ],
)
def test_it_takes_what_is_within_the_limits(fields, values):
    one = parameter(**fields)

    for value in values:
        check_value("values.p", one, value)
    assert values


@pytest.mark.parametrize(
    ("fields", "value", "reason"),
    [
        ({}, "5", "must be a number, got '5'"),
        ({}, True, "must be a number, got True"),
        ({}, 2**53, "must be a number, got 9007199254740992"),
        ({"min": 0, "max": 100, "step": 5}, 7, "a number from 0 to 100 in steps of 5, got 7"),
        ({"min": 1}, 0, "must be a number from 1, got 0"),
        ({"max": 1}, 2, "must be a number up to 1, got 2"),
        ({"type": "bool"}, 1, "must be true or false, got 1"),
        ({"type": "text", "max_length": 3}, "abcd", "text of at most 3 characters, got 'abcd'"),
        ({"type": "text"}, None, "text of at most 255 characters, got None"),
        ({"type": "choice", "choices": ["auto", 1]}, "on", "must be one of 'auto', 1, got 'on'"),
        ({"type": "choice", "choices": ["auto", 1]}, True, "one of 'auto', 1, got True"),
        ({"type": "choice", "choices": ["auto"]}, ["auto"], "one of 'auto', got ['auto']"),
    ],
)
def test_any_other_value_is_refused_with_what_would_be_taken(fields, value, reason):
    with pytest.raises(FieldError) as error:
        check_value("values.p", parameter(**fields), value)

    assert str(error.value).startswith("values.p must be ")
    assert reason in str(error.value)


def test_it_says_in_words_what_it_takes():
    assert allowed(checked_parameter("p", SPEED)) == "a number from 0 to 10 in steps of 0.1"
