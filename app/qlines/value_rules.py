"""The rules for a key and its value, whether a device sent them or its owner set them; pure.

They are ThingsBoard's where it has one (its ``JsonConverter.java``): text that is a number becomes
one (``NumberUtils.isParsable`` of Apache Commons Lang: digits, one leading minus, one point; no
exponent); whole numbers in text beyond 64 bits, and text with more than 16 decimals, stay text.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import orjson

from qlines.reading import MAX_DEPTH, MAX_KEY_CHARACTERS, Value

MIN_INT = -(2**63)
MAX_INT = 2**63 - 1
# orjson reads a whole number beyond 64 bits as a float, so only floats this large are suspicious.
SUSPICIOUS = float(2**63)
BEYOND_64_BITS = (
    f"a whole number must fit into 64 bits ({MIN_INT} to {MAX_INT}), send larger ones as text"
)
MAX_DECIMALS = 16
LOOKS_LIKE_A_NUMBER = re.compile(r"-?[0-9]*\.?[0-9]+", re.ASCII)
# What JSON text holds texts and numbers in; whole numbers are those without a point or an exponent.
TEXT_OR_NUMBER = re.compile(rb'"(?:[^"\\]++|\\.)*+"|-?[0-9]++(?:[.eE][-+.eE0-9]*+)?')
WHOLE_NUMBER = re.compile(rb"-?[0-9]+")
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
MAX_KNOWN_KEYS = 50_000

# Keys that were valid before: devices repeat theirs, and this check is then one look-up.
known_keys: set[str] = set()


def key_problem(key: str) -> str | None:
    """Return why *key* cannot name a value, or None."""
    if key in known_keys:
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
    if len(known_keys) >= MAX_KNOWN_KEYS:
        known_keys.clear()
    known_keys.add(key)
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


def value_problem(value: Any, payload: bytes) -> str | None:
    """Return why *value* cannot be stored, or None; it must not be nested too deep.

    *payload* is the JSON that it came from; it is parsed again only when digits may be lost.
    """
    kind = type(value)
    if kind is str or kind is bool:
        return None
    suspicious = [number for number in _numbers_in(value) if not -SUSPICIOUS < number < SUSPICIOUS]
    if not suspicious or not any(_is_big_integer(number, payload) for number in suspicious):
        return None
    return BEYOND_64_BITS


def text_problem(payload: bytes) -> str | None:
    """Return why valid JSON text would lose digits when orjson parses it, or None."""
    numbers = (found[0] for found in TEXT_OR_NUMBER.finditer(payload))
    whole = (number for number in numbers if WHOLE_NUMBER.fullmatch(number))
    return BEYOND_64_BITS if any(map(_is_beyond_64_bits, whole)) else None


def is_too_deep(values: Mapping[str, Any]) -> bool:
    """Return whether a value is nested more than MAX_DEPTH deep; without recursion."""
    level = _nested(values.values())
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            return True
        level = [
            inner
            for item in level
            for inner in _nested(item.values() if type(item) is dict else item)
        ]
    return False


def is_same(one: Any, other: Any) -> bool:
    """Return whether two values are the same in JSON: 1 and 1.0 are, 1 and true are not."""
    if type(one) is bool or type(other) is bool:
        return one is other
    if type(one) is dict and type(other) is dict:
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if type(one) is list and type(other) is list:
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other)


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


def _is_beyond_64_bits(digits: bytes) -> bool:
    # Python refuses to read thousands of digits.
    return len(digits) > 20 or not MIN_INT <= int(digits) <= MAX_INT


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
    except orjson.JSONEncodeError:  # it reads what is nested 1,024 deep, and writes 254
        return "a value that is nested too deep"
    return written if len(written) <= 80 else written[:80] + "…"
