"""Checks of single fields of a rule: each returns the value, or raises FieldError."""

import math
import re
from collections.abc import Collection, Mapping
from typing import Any

from qlines.errors import FieldError
from qlines.value_rules import BEYOND_64_BITS, MAX_INT, MIN_INT, key_problem, shown

CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def object_at(path: str, given: Any, fields: Collection[str]) -> Mapping[str, Any]:
    """Return a JSON object that has none but these fields."""
    if not isinstance(given, Mapping):
        raise FieldError(path, f"must be a JSON object, got {shown(given)}")
    for field in given:
        if field not in fields:
            rule = f"is not known here: leave it out, or use one of {', '.join(sorted(fields))}"
            raise FieldError(f"{path}.{field}" if path else str(field), rule)
    return given


def list_at(path: str, given: Any, least: int, most: int) -> list[Any]:
    """Return a list of *least* to *most* items."""
    if not isinstance(given, list):
        raise FieldError(path, f"must be a list, got {shown(given)}")
    if not least <= len(given) <= most:
        raise FieldError(path, f"must have {least} to {most} items, got {len(given)}")
    return given


def one_of(path: str, given: Any, choices: Collection[str]) -> str:
    """Return one of the words *choices*."""
    if not isinstance(given, str) or given not in choices:
        raise FieldError(path, f"must be one of {', '.join(choices)}, got {shown(given)}")
    return given


def text_at(path: str, given: Any, least: int, most: int) -> str:
    """Return text of *least* to *most* characters, trimmed."""
    if not isinstance(given, str):
        raise FieldError(path, f"must be text, got {shown(given)}")
    text = given.strip()
    if not least <= len(text) <= most:
        rule = (
            f"must have {least} to {most} characters" if least else f"has at most {most} characters"
        )
        raise FieldError(path, f"{rule}, got {len(text)}")
    return text


def bool_at(path: str, given: Any) -> bool:
    """Return true or false."""
    if not isinstance(given, bool):
        raise FieldError(path, f"must be true or false, got {shown(given)}")
    return given


def number_at(path: str, given: Any, least: float = -math.inf, most: float = math.inf) -> Any:
    """Return a number from *least* to *most*."""
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    given = fitting_at(path, given)
    if not is_number or not math.isfinite(given):
        raise FieldError(path, f"must be a number, got {shown(given)}")
    if not least <= given <= most:
        raise FieldError(path, f"must be from {least:,} to {most:,}, got {given}")
    return given


def fitting_at(path: str, given: Any) -> Any:
    """Return a value that is not a whole number beyond 64 bits."""
    if isinstance(given, int) and not MIN_INT <= given <= MAX_INT:
        raise FieldError(path, BEYOND_64_BITS)
    return given


def whole_at(path: str, given: Any, least: int, most: int) -> int:
    """Return a whole number from *least* to *most*."""
    number = number_at(path, given, least, most)
    if number != int(number):
        raise FieldError(path, f"must be a whole number, got {given}")
    return int(number)


def key_at(path: str, given: Any) -> str:
    """Return the key of a value."""
    if not isinstance(given, str):
        raise FieldError(
            path, f"must be the key of a value, such as temperature, got {shown(given)}"
        )
    if problem := key_problem(given):
        raise FieldError(path, f"cannot be the key of a value: {problem}")
    return given


def clock_at(path: str, given: Any) -> str:
    """Return a time of day, 00:00 to 24:00."""
    if not isinstance(given, str) or not (CLOCK.fullmatch(given) or given == "24:00"):
        raise FieldError(path, f"must be a time of day such as 08:00, got {shown(given)}")
    return given


def limit_at(path: str, given: Any, least: float = -math.inf, most: float = math.inf) -> Any:
    """Return a number, or an attribute of the device with the number that holds without it."""
    if not isinstance(given, Mapping):
        return number_at(path, given, least, most)
    limit = object_at(path, given, ("attribute", "default"))
    return {
        "attribute": key_at(f"{path}.attribute", limit.get("attribute")),
        "default": number_at(f"{path}.default", limit.get("default"), least, most),
    }


def default_of(limit: Any) -> Any:
    """Return the number that a limit has without an attribute."""
    return limit["default"] if isinstance(limit, Mapping) else limit
