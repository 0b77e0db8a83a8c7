"""Validate the values of one reading: keys, exact numbers, depth; cast text that is a number.

``qlines.value_rules`` has the rules. As in ThingsBoard, null is skipped.
"""

from typing import Any

from qlines.errors import InvalidReading
from qlines.ingest.known_keys import Keys
from qlines.reading import MAX_DEPTH, MAX_KEYS, Value
from qlines.value_rules import (
    MAX_INT,
    MIN_INT,
    SUSPICIOUS,
    is_too_deep,
    key_problem,
    known_keys,
    number_in,
    shown,
    value_problem,
)


class AnyKeys:
    """Every valid key; for what belongs to no registered device."""

    known = known_keys

    def problem(self, _key: str) -> None:
        """Return None: there is no limit."""


ANY_KEYS = AnyKeys()


def checked(
    values: dict[str, Any], payload: bytes, keys: Keys = ANY_KEYS
) -> tuple[dict[str, Value], list[str]]:
    """Return the valid values, and why each of the others was dropped.

    *payload* is the message they came from; it is parsed again only when a number may have lost
    digits. *keys* are those of the device, which new ones join. Returns *values* itself when
    nothing had to change, which is the common case.
    Raise InvalidReading when there are too many keys or a value is nested too deep.
    """
    for value in values.values():
        kind = type(value)
        if kind is float:
            if -SUSPICIOUS < value < SUSPICIOUS:
                continue
            break
        if kind is int:
            if MIN_INT <= value <= MAX_INT:
                continue
            break
        if kind is bool:
            continue
        break
    else:
        if values.keys() <= keys.known and len(values) <= MAX_KEYS:
            return values, []
    return _checked_one_by_one(values, payload, keys)


def _checked_one_by_one(
    values: dict[str, Any], payload: bytes, keys: Keys
) -> tuple[dict[str, Value], list[str]]:
    if len(values) > MAX_KEYS:
        raise InvalidReading(
            f"a message may hold at most {MAX_KEYS} keys, this one has {len(values)}: "
            "split it into several messages"
        )
    if is_too_deep(values):
        raise InvalidReading(
            f"values may be nested at most {MAX_DEPTH} deep, this message goes deeper: flatten it"
        )
    valid: dict[str, Value] = {}
    problems: list[str] = []
    for key, value in values.items():
        if value is None:
            continue
        problem = key_problem(key) or value_problem(value, payload) or keys.problem(key)
        if problem:
            problems.append(f"the key {shown(key)} was dropped: {problem}")
        else:
            valid[key] = number_in(value) if type(value) is str else value
    return valid, problems
