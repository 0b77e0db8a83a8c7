"""The rules for a control: what its definition may be, and which command its values make."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from qlines.errors import FieldError
from qlines.store.command_document import (
    EXPIRES_IN_SECONDS,
    MAX_EXPIRES_IN_SECONDS,
    MAX_METHOD_CHARACTERS,
)
from qlines.store.control_parameters import (
    MAX_LABEL_CHARACTERS,
    Parameter,
    check_value,
    checked_parameter,
    checked_text,
)
from qlines.value_rules import key_problem

KINDS = ("button", "switch", "slider", "form")
MAX_PARAMETERS = 10
MAX_PARAMS_BYTES = 4096  # of what a button sends: every page of the device carries it
DEFAULTS: Mapping[str, Any] = {
    "parameters": [],
    "params": None,
    "ask_first": False,
    "one_way": False,
    "expires_in_seconds": EXPIRES_IN_SECONDS,
    "reported_key": "",
}
KINDS_WITH_A_POSITION = ("switch", "slider")


class ControlDefinition(NamedTuple):
    """What a control is.

    *params*, what a button sends, is JSON text: MongoDB refuses some keys. *reported_key* is the
    client attribute by which the device reports where a switch or slider stands, "" for none.
    """

    label: str
    method: str
    kind: str
    parameters: list[Parameter]
    params: str
    ask_first: bool
    one_way: bool
    expires_in_seconds: int
    reported_key: str


def checked_control(given: Mapping[str, Any]) -> ControlDefinition:
    """Return the definition; what is not given has its default. Raise FieldError for a bad field.

    1. A button has no parameters: it sends *params*, any JSON.
    2. A switch has one parameter, a bool; a slider one, a number with min and max. When the
       parameter has no name, its value alone is what is sent.
    3. A form has 1 to 10 parameters with names, and sends an object.
    4. Only a switch or a slider stands somewhere, which the device may report.
    """
    whole = {**DEFAULTS, **given}
    kind, parameters = whole["kind"], _checked_parameters(whole["parameters"])
    _check_kind(kind, parameters)
    if kind != "button" and whole["params"] is not None:
        raise FieldError("params", f"are for a button only, got some for a {kind}: use parameters")
    return ControlDefinition(
        label=checked_text("label", whole["label"], MAX_LABEL_CHARACTERS, min_characters=1),
        method=checked_text("method", whole["method"], MAX_METHOD_CHARACTERS, min_characters=1),
        kind=kind,
        parameters=parameters,
        params=_checked_params(whole["params"]),
        ask_first=whole["ask_first"],
        one_way=whole["one_way"],
        expires_in_seconds=_checked_expiry(whole["expires_in_seconds"]),
        reported_key=_checked_key(whole["reported_key"], kind),
    )


def _checked_parameters(given: Sequence[Mapping[str, Any]]) -> list[Parameter]:
    if len(given) > MAX_PARAMETERS:
        raise FieldError("parameters", f"must be at most {MAX_PARAMETERS}, got {len(given)}")
    parameters = [checked_parameter(f"parameters.{n}", one) for n, one in enumerate(given)]
    names = [parameter["name"] for parameter in parameters]
    for name in names:
        if names.count(name) > 1:
            raise FieldError("parameters", f"must have different names, got {name!r} twice")
    return parameters


def _check_kind(kind: str, parameters: Sequence[Parameter]) -> None:
    types = [parameter["type"] for parameter in parameters]
    is_good = {
        "button": not types,
        "switch": types == ["bool"],
        "slider": types == ["number"] and {"min", "max"} <= parameters[0].keys(),
        "form": bool(types) and all(parameter["name"] for parameter in parameters),
    }
    rules = {
        "button": "must be empty for a button: what it sends is in params",
        "switch": "must be one of the type bool for a switch",
        "slider": "must be one of the type number, with min and max, for a slider",
        "form": f"must be 1 to {MAX_PARAMETERS} for a form, each with a name",
    }
    if not is_good[kind]:
        got = ", ".join(f"{one['name']!r} ({one['type']})" for one in parameters) or "none"
        raise FieldError("parameters", f"{rules[kind]}, got {got}")


def _checked_params(params: Any) -> str:
    try:
        text = orjson.dumps(params)
    except orjson.JSONEncodeError as error:  # nested deeper than 254 levels
        raise FieldError("params", f"must be JSON that is not so deeply nested: {error}") from None
    if len(text) > MAX_PARAMS_BYTES:
        raise FieldError(
            "params", f"must have at most {MAX_PARAMS_BYTES} bytes as JSON, got {len(text)}"
        )
    return text.decode()


def _checked_key(key: str, kind: str) -> str:
    if key and kind not in KINDS_WITH_A_POSITION:
        raise FieldError(
            "reported_key",
            f"is for a switch or a slider only, got {key!r} for a {kind}: leave it empty",
        )
    if key and (problem := key_problem(key)):
        raise FieldError("reported_key", f"cannot be the key of an attribute: {problem}")
    return key


def _checked_expiry(seconds: int) -> int:
    if not 1 <= seconds <= MAX_EXPIRES_IN_SECONDS:
        raise FieldError(
            "expires_in_seconds", f"must be from 1 to {MAX_EXPIRES_IN_SECONDS}, got {seconds}"
        )
    return seconds


def params_of(control: ControlDefinition, values: Mapping[str, Any]) -> Any:
    """Return the params of the command that the control makes of values by parameter name.

    Raise FieldError when one is missing, unknown, or not taken by its parameter.
    """
    names = [parameter["name"] for parameter in control.parameters]
    if set(values) != set(names):
        expected = ", ".join(map(repr, names)) or "none"
        got = ", ".join(map(repr, values)) or "none"
        raise FieldError("values", f"of {control.label!r} must be exactly {expected}, got {got}")
    for parameter in control.parameters:
        name = parameter["name"]
        check_value(f"values.{name}" if name else "values", parameter, values[name])
    if control.kind == "button":
        return orjson.loads(control.params)
    return values[""] if names == [""] else {name: values[name] for name in names}
