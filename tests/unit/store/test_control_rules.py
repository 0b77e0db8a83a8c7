"""What a control may be, and which command its values make."""

import pytest

from qlines.errors import FieldError
from qlines.store.control_rules import checked_control, params_of

BOOL = {"name": "", "type": "bool"}
LEVEL = {"name": "", "type": "number", "min": 0, "max": 100}
TIMES = {"name": "times", "type": "number", "min": 1}
MODE = {"name": "mode", "type": "choice", "choices": ["slow", "fast"]}


def control(**fields):
    return checked_control({"label": "Valve", "method": "setValve", "kind": "button", **fields})


def test_a_button_needs_a_label_and_a_method_only():
    made = control()

    assert made._asdict() == {
        "label": "Valve",
        "method": "setValve",
        "kind": "button",
        "parameters": [],
        "params": "null",
        "ask_first": False,
        "one_way": False,
        "expires_in_seconds": 86_400,
        "reported_key": "",
    }


@pytest.mark.parametrize(("kind", "parameter"), [("switch", BOOL), ("slider", LEVEL)])
def test_a_switch_and_a_slider_may_name_the_attribute_that_says_where_they_stand(kind, parameter):
    made = control(kind=kind, parameters=[parameter], reported_key="valve")

    assert made.reported_key == "valve"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"label": " "}, "label must have 1 to 64 characters"),
        ({"label": "x" * 65}, "label must have 1 to 64 characters"),
        ({"method": ""}, "method must have 1 to 255 characters"),
        ({"method": "a\x00"}, "method must have 1 to 255 characters and no control characters"),
        ({"expires_in_seconds": 0}, "expires_in_seconds must be from 1 to 2592000, got 0"),
        ({"expires_in_seconds": 2_592_001}, "must be from 1 to 2592000, got 2592001"),
        ({"params": "x" * 4095}, "params must have at most 4096 bytes as JSON, got 4097"),
        ({"parameters": [BOOL]}, "must be empty for a button: what it sends is in params"),
        ({"kind": "switch"}, "must be one of the type bool for a switch, got none"),
        ({"kind": "switch", "parameters": [LEVEL]}, "for a switch, got '' (number)"),
        ({"kind": "switch", "parameters": [BOOL, MODE]}, "got '' (bool), 'mode' (choice)"),
        ({"kind": "slider", "parameters": [TIMES]}, "with min and max, for a slider"),
        ({"kind": "slider", "parameters": [MODE]}, "must be one of the type number"),
        ({"kind": "form"}, "must be 1 to 10 for a form, each with a name, got none"),
        ({"kind": "form", "parameters": [BOOL]}, "each with a name, got '' (bool)"),
        ({"kind": "form", "parameters": [MODE, MODE]}, "different names, got 'mode' twice"),
        ({"kind": "form", "parameters": [MODE] * 11}, "parameters must be at most 10, got 11"),
        ({"kind": "form", "parameters": [TIMES, {"name": "x" * 65, "type": "bool"}]},
         "parameters.1.name must have"),
        ({"reported_key": "valve"}, "is for a switch or a slider only, got 'valve' for a button"),
        ({"kind": "form", "parameters": [TIMES], "reported_key": "x"}, "got 'x' for a form"),
        ({"kind": "switch", "parameters": [BOOL], "reported_key": "a\x00"},
         "reported_key cannot be the key of an attribute: a key must not hold control"),
        ({"kind": "switch", "parameters": [BOOL], "reported_key": "x" * 256},
         "a key has at most 255 characters, this one has 256"),
        ({"kind": "switch", "parameters": [BOOL], "params": 1}, "params are for a button only"),
    ],
)  # fmt: skip
def test_a_bad_definition_is_refused_with_the_rule_and_the_value(fields, reason):
    with pytest.raises(FieldError) as error:
        control(**fields)

    assert reason in str(error.value)


def test_what_no_program_could_write_as_json_is_refused():
    nested = []
    for _level in range(300):
        nested = [nested]

    with pytest.raises(FieldError, match="params must be JSON that is not so deeply nested"):
        control(params=nested)


def test_a_button_sends_what_was_defined():
    assert params_of(control(params={"$open": [1, None]}), {}) == {"$open": [1, None]}
    assert params_of(control(), {}) is None


def test_a_parameter_without_a_name_is_sent_alone():
    assert params_of(control(kind="switch", parameters=[BOOL]), {"": True}) is True
    assert params_of(control(kind="slider", parameters=[LEVEL]), {"": 40}) == 40


def test_parameters_with_names_are_sent_as_an_object():
    named = {**BOOL, "name": "open"}

    assert params_of(control(kind="switch", parameters=[named]), {"open": False}) == {"open": False}
    form = control(kind="form", parameters=[TIMES, MODE])
    assert params_of(form, {"mode": "fast", "times": 3}) == {"times": 3, "mode": "fast"}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, "values of 'Valve' must be exactly 'times', 'mode', got none"),
        ({"times": 1, "mode": "slow", "x": 1}, "got 'times', 'mode', 'x'"),
        ({"times": 0, "mode": "slow"}, "values.times must be a number from 1, got 0"),
        ({"times": 1, "mode": "off"}, "values.mode must be one of 'slow', 'fast', got 'off'"),
    ],
)
def test_values_that_it_does_not_take_are_refused(values, reason):
    with pytest.raises(FieldError) as error:
        params_of(control(kind="form", parameters=[TIMES, MODE]), values)

    assert reason in str(error.value)


def test_a_value_without_a_name_is_named_as_the_values():
    with pytest.raises(FieldError, match=r"^values must be a number from 0 to 100, got 101$"):
        params_of(control(kind="slider", parameters=[LEVEL]), {"": 101})
