"""Check the values of one reading: which keys are kept, which numbers are exact, what is cast.

The rules are ThingsBoard's where it has one (wire-facts 2.1, ``JsonConverter.java``): null is
skipped; text that reads as a number becomes one (``NumberUtils.isParsable``: digits, one leading
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
from qlines.reading import MAX_DEPTH, MAX_KEY_CHARACTERS, MAX_KEYS, Value

LOWEST_INT = -(2**63)
HIGHEST_INT = 2**63 - 1
# orjson reads a whole number beyond 64 bits as a float, so only floats this large are suspicious.
SUSPICIOUS = float(2**63)
MOST_DECIMALS = 16
LOOKS_LIKE_A_NUMBER = re.compile(r"-?[0-9]*\.?[0-9]+", re.ASCII)
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
KNOWN_KEYS_LIMIT = 50_000

# Keys that were found good before: devices repeat theirs, and this check is then one look-up.
_known_keys: set[str] = set()


def checked(values: dict[str, Any], payload: bytes) -> tuple[dict[str, Value], list[str]]:
    """Return the values to keep, and why each of the others was dropped.

    *payload* is the message they came from; it is read again only when a number might have lost
    digits. Returns *values* itself when nothing had to change, which is the common case.
    Raises InvalidReading when there are too many keys or too deep a value.
    """
    for value in values.values():
        kind = type(value)
        if kind is float:
            if -SUSPICIOUS < value < SUSPICIOUS:
                continue
            break
        if kind is int:
            if LOWEST_INT <= value <= HIGHEST_INT:
                continue
            break
        if kind is bool:
            continue
        break
    else:
        if values.keys() <= _known_keys and len(values) <= MAX_KEYS:
            return values, []
    return _checked_one_by_one(values, payload)


def _checked_one_by_one(
    values: dict[str, Any], payload: bytes
) -> tuple[dict[str, Value], list[str]]:
    if len(values) > MAX_KEYS:
        raise InvalidReading(
            f"a message may hold at most {MAX_KEYS} keys, this one has {len(values)}: "
            "split it into several messages"
        )
    _check_depth(values)
    kept: dict[str, Value] = {}
    problems: list[str] = []
    for key, value in values.items():
        if value is None:
            continue
        problem = key_problem(key) or _value_problem(value, payload)
        if problem:
            problems.append(f"the key {shown(key)} was dropped: {problem}")
        else:
            kept[key] = number_in(value) if type(value) is str else value
    return kept, problems


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
    if len(_known_keys) >= KNOWN_KEYS_LIMIT:
        _known_keys.clear()
    _known_keys.add(key)
    return None


def number_in(text: str) -> Value:
    """Return the number that *text* holds by ThingsBoard's rule, or *text* itself."""
    if len(text) > 400 or not LOOKS_LIKE_A_NUMBER.fullmatch(text):
        return text
    whole, point, decimals = text.partition(".")
    if not point:
        number = int(whole)
        return number if LOWEST_INT <= number <= HIGHEST_INT else text
    as_float = float(text)
    return as_float if len(decimals) <= MOST_DECIMALS and math.isfinite(as_float) else text


def _value_problem(value: Any, payload: bytes) -> str | None:
    kind = type(value)
    if kind is str or kind is bool:
        return None
    suspicious = [number for number in _numbers_in(value) if not -SUSPICIOUS < number < SUSPICIOUS]
    if not suspicious or not any(_is_big_integer(number, payload) for number in suspicious):
        return None
    return (
        f"a whole number must fit into 64 bits ({LOWEST_INT} to {HIGHEST_INT}), "
        "send larger ones as text"
    )


def _check_depth(values: dict[str, Any]) -> None:
    """Refuse a value that nests more than MAX_DEPTH deep; looked at level by level, not by call."""
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
    """Return every number in *value*, however deep; its depth was checked before."""
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
        return not LOWEST_INT <= number <= HIGHEST_INT
    return number in _big_integers(payload)


@lru_cache(maxsize=1)
def _big_integers(payload: bytes) -> frozenset[float]:
    """Return the whole numbers of a message that lost their digits when it was parsed.

    18446744073709551616 lost them, 1.8e19 never had them: orjson makes the same float of both, so
    the text is read once more with Python's parser. Kept for the latest message, since each of
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
    """Return *text* short enough, and with control characters made visible, for a sentence."""
    shortened = text if not isinstance(text, str) or len(text) <= 40 else text[:40] + "…"
    written = orjson.dumps(shortened).decode("utf-8", "replace")
    return written if len(written) <= 80 else written[:80] + "…"
