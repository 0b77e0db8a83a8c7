"""The rules for a parameter of a control: what it may be, and which values it takes."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from qlines.errors import FieldError
from qlines.store.device_rules import MAX_UNIT_CHARACTERS, has_control_characters

TYPES = ("number", "text", "choice", "bool")
MAX_NAME_CHARACTERS = 64
MAX_LABEL_CHARACTERS = 64
MAX_TEXT_CHARACTERS = 1000
TEXT_CHARACTERS = 255  # of a text whose max_length is not given
MAX_CHOICES = 50
MAX_NUMBER = 2**53 - 1  # the largest whole number that a browser can hold
# Which limits belong to which type; the other fields are for all of them.
LIMITS = {
    "number": ("min", "max", "step", "unit"),
    "text": ("max_length",),
    "choice": ("choices",),
    "bool": (),
}
STEP_TOLERANCE = 1e-6  # of a step: 0.3 is three steps of 0.1, whatever doubles make of it

Number = int | float


class Parameter(TypedDict):
    """A parameter as it is stored: with the limits of its type, those that were given."""

    name: str
    label: str
    type: str
    min: NotRequired[Number]
    max: NotRequired[Number]
    step: NotRequired[Number]
    unit: NotRequired[str]
    max_length: NotRequired[int]
    choices: NotRequired[list[str | Number]]


def checked_text(field: str, text: str, max_characters: int, min_characters: int = 0) -> str:
    """Return the text without spaces around it; raise FieldError when pages cannot show it."""
    text = text.strip()
    if min_characters <= len(text) <= max_characters and not has_control_characters(text):
        return text
    raise FieldError(
        field,
        f"must have {min_characters} to {max_characters} characters and no control characters, "
        f"got {text[:100]!r}",
    )


def checked_parameter(path: str, given: Mapping[str, Any]) -> Parameter:
    """Return the parameter as it is stored; its fields have the types of the API's schema.

    *path* is how an error names it, such as "parameters.0". Raise FieldError for a bad field.
    """
    kind = given["type"]
    limits = {key: value for key, value in given.items() if key not in ("name", "label", "type")}
    for key in limits:
        if key not in LIMITS[kind]:
            raise FieldError(f"{path}.{key}", f"does not limit the type {kind}: leave it out")
    parameter = Parameter(
        name=checked_text(f"{path}.name", given["name"], MAX_NAME_CHARACTERS),
        label=checked_text(f"{path}.label", given.get("label", ""), MAX_LABEL_CHARACTERS),
        type=kind,
    )
    if kind == "number":
        _add_number_limits(path, parameter, limits)
    elif kind == "text":
        parameter["max_length"] = _checked_length(path, limits.get("max_length", TEXT_CHARACTERS))
    elif kind == "choice":
        parameter["choices"] = _checked_choices(f"{path}.choices", limits.get("choices", []))
    return parameter


def _add_number_limits(path: str, parameter: Parameter, limits: Mapping[str, Any]) -> None:
    for key in ("min", "max", "step"):
        if limits.get(key) is not None:
            parameter[key] = _checked_number(f"{path}.{key}", limits[key])
    if "step" in parameter and parameter["step"] <= 0:
        raise FieldError(f"{path}.step", f"must be above 0, got {parameter['step']}")
    low, high = parameter.get("min"), parameter.get("max")
    if low is not None and high is not None and low >= high:
        raise FieldError(f"{path}.max", f"must be above min, which is {low}, got {high}")
    if limits.get("unit"):
        parameter["unit"] = checked_text(f"{path}.unit", limits["unit"], MAX_UNIT_CHARACTERS)


def _checked_number(field: str, value: Any) -> Number:
    if not _is_number(value):
        raise FieldError(
            field, f"must be a number from -{MAX_NUMBER} to {MAX_NUMBER}, got {value!r}"
        )
    number: Number = value
    return number


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) <= MAX_NUMBER  # which no NaN is


def _checked_length(path: str, length: int) -> int:
    if not 1 <= length <= MAX_TEXT_CHARACTERS:
        rule = f"must be from 1 to {MAX_TEXT_CHARACTERS}, got {length}"
        raise FieldError(f"{path}.max_length", rule)
    return length


def _checked_choices(field: str, choices: Sequence[Any]) -> list[str | Number]:
    if not 1 <= len(choices) <= MAX_CHOICES:
        raise FieldError(field, f"must be 1 to {MAX_CHOICES} values, got {len(choices)}")
    checked = [
        checked_text(field, choice, MAX_TEXT_CHARACTERS, min_characters=1)
        if isinstance(choice, str)
        else _checked_number(field, choice)
        for choice in choices
    ]
    if len(set(checked)) < len(checked):
        raise FieldError(field, "must differ from each other: leave out what is there twice")
    return checked


def check_value(field: str, parameter: Parameter, value: Any) -> None:
    """Raise FieldError when the parameter does not take the value."""
    if not _takes(parameter, value):
        raise FieldError(field, f"must be {allowed(parameter)}, got {repr(value)[:100]}")


def _takes(parameter: Parameter, value: Any) -> bool:
    match parameter["type"]:
        case "bool":
            return isinstance(value, bool)
        case "choice":
            is_flag = isinstance(value, bool)  # for Python true is 1
            return not is_flag and value in parameter.get("choices", [])
        case "text":
            return isinstance(value, str) and len(value) <= parameter.get(
                "max_length", TEXT_CHARACTERS
            )
        case _:
            return _is_number(value) and _is_within(parameter, value)


def _is_within(parameter: Parameter, value: Number) -> bool:
    low, high = parameter.get("min", -MAX_NUMBER), parameter.get("max", MAX_NUMBER)
    step = parameter.get("step")
    if not low <= value <= high:
        return False
    if step is None:
        return True
    steps = (value - parameter.get("min", 0)) / step
    return abs(steps - round(steps)) <= STEP_TOLERANCE


def allowed(parameter: Parameter) -> str:
    """Return which values the parameter takes, as what follows "must be" in a sentence."""
    match parameter["type"]:
        case "bool":
            return "true or false"
        case "choice":
            return f"one of {', '.join(map(repr, parameter.get('choices', [])))}"
        case "text":
            return f"text of at most {parameter.get('max_length', TEXT_CHARACTERS)} characters"
        case _:
            return _allowed_numbers(parameter)


def _allowed_numbers(parameter: Parameter) -> str:
    words = ["a number"]
    if "min" in parameter:
        words.append(f"from {parameter['min']}")
    if "max" in parameter:
        words.append(
            f"to {parameter['max']}" if "min" in parameter else f"up to {parameter['max']}"
        )
    if "step" in parameter:
        words.append(f"in steps of {parameter['step']}")
    return " ".join(words)
