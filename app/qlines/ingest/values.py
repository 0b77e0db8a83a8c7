"""Validate the values of one reading: keys, exact numbers, depth; cast text that is a number.

The rules are ThingsBoard's where it has one (its ``JsonConverter.java``): null is skipped; text
that is a number becomes one (``NumberUtils.isParsable`` of Apache Commons Lang: digits, one leading
minus, one point; no exponent); whole numbers in text beyond 64 bits, and text with more than 16
decimals, stay text.
"""

import json
import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import orjson

from qlines.errors import InvalidReading
from qlines.ingest.known_keys import Keys
from qlines.reading import MAX_DEPTH, MAX_KEY_CHARACTERS, MAX_KEYS, Value

MIN_INT = -(2**63)
MAX_INT = 2**63 - 1
# orjson reads a whole number beyond 64 bits as a float, so only floats this large are suspicious.
SUSPICIOUS = float(2**63)
MAX_DECIMALS = 16
LOOKS_LIKE_A_NUMBER = re.compile(r"-?[0-9]*\.?[0-9]+", re.ASCII)
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
MAX_KNOWN_KEYS = 50_000

# Keys that were valid before: devices repeat theirs, and this check is then one look-up.
_known_keys: set[str] = set()


class AnyKeys:
    """Every valid key; for what belongs to no registered device."""

    known = _known_keys

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
    _check_depth(values)
    valid: dict[str, Value] = {}
    problems: list[str] = []
    for key, value in values.items():
        if value is None:
            continue
        problem = key_problem(key) or _value_problem(value, payload) or keys.problem(key)
        if problem:
            problems.append(f"the key {shown(key)} was dropped: {problem}")
        else:
            valid[key] = number_in(value) if type(value) is str else value
    return valid, problems


def key_problem(key: str) -> str | None:
    """Return why *key* cannot name a value, or None."""
    if key in _known_keys:
        return None
    if not key:
        return "a key must not be empty, give it a name"
    if len(key) > MAX_KEY_CHARACTERS:
        return (
            f"a key has at most {MAX_KEY_CHARACTERS} characters, this one has {len(key)}: "
            "shorten it"
        )
    if CONTROL_CHARACTERS.search(key):
        return "a key must not hold control characters, leave them out"
    if len(_known_keys) >= MAX_KNOWN_KEYS:
        _known_keys.clear()
    _known_keys.add(key)
    return None


def number_in(text: str) -> Value:
    """Return the number that *text* is by ThingsBoard's rule, or *text* itself."""
    if len(text) > 400 or not LOOKS_LIKE_A_NUMBER.fullmatch(text):
        return text
    whole, point, decimals = text.partition(".")
    if not point:
        number = int(whole)
        return number if MIN_INT <= number <= MAX_INT else text
    as_float = float(text)
    return as_float if len(decimals) <= MAX_DECIMALS and math.isfinite(as_float) else text


def _value_problem(value: Any, payload: bytes) -> str | None:
    kind = type(value)
    if kind is str or kind is bool:
        return None
    suspicious = [number for number in _numbers_in(value) if not -SUSPICIOUS < number < SUSPICIOUS]
    if not suspicious or not any(_is_big_integer(number, payload) for number in suspicious):
        return None
    return (
        f"a whole number must fit into 64 bits ({MIN_INT} to {MAX_INT}), send larger ones as text"
    )


def _check_depth(values: dict[str, Any]) -> None:
    """Raise InvalidReading for a value nested more than MAX_DEPTH deep; without recursion."""
    level = _nested(values.values())
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise InvalidReading(
                f"values may be nested at most {MAX_DEPTH} deep, this message goes deeper: "
                "flatten it"
            )
        level = [
            inner
            for item in level
            for inner in _nested(item.values() if type(item) is dict else item)
        ]


def _nested(items: Iterable[Any]) -> list[Any]:
    return [item for item in items if type(item) is dict or type(item) is list]


def _numbers_in(value: Any) -> list[float | int]:
    """Return every number in *value*; its depth was checked before."""
    kind = type(value)
    if kind is float or kind is int:
        return [value]
    if kind is dict:
        value = list(value.values())
    elif kind is not list:
        return []
    return [number for item in value for number in _numbers_in(item)]


def _is_big_integer(number: float | int, payload: bytes) -> bool:
    if type(number) is int:
        return not MIN_INT <= number <= MAX_INT
    return number in _big_integers(payload)


@lru_cache(maxsize=1)
def _big_integers(payload: bytes) -> frozenset[float]:
    """Return the whole numbers of a message that lost digits when orjson parsed it.

    18446744073709551616 did, 1.8e19 did not, and orjson returns the same float for both. So the
    message is parsed again with Python's parser; cached for the latest message, because each of
    its thousand keys may ask.
    """
    big: set[float] = set()

    def note(digits: str) -> int:
        if len(digits) > 18:
            big.add(float(digits))
        return 0

    json.loads(payload, parse_int=note)
    return frozenset(big)


def shown(text: object) -> str:
    """Return *text* as JSON, shortened to fit into a sentence; control characters are escaped."""
    shortened = text if not isinstance(text, str) or len(text) <= 40 else text[:40] + "…"
    try:
        written = orjson.dumps(shortened).decode("utf-8", "replace")
    except orjson.JSONEncodeError:  # orjson reads 1,024 levels and writes 254
        return "a value that is nested too deep"
    return written if len(written) <= 80 else written[:80] + "…"
