"""Decode a device's message into timed values, or explain to its owner why it was rejected.

How invalid input is handled; unless noted otherwise the device's owner sees the reason:

=====================================================  ===========================================
input                                                  result
=====================================================  ===========================================
not JSON, empty, invalid UTF-8, NaN or Infinity        the message is rejected as a whole
a bare number, text, null; an array in an array        the message is rejected as a whole
``ts`` in seconds, as text, negative, before 2000,     the message is rejected as a whole, even if
more than a day ahead                                  only one element of an array has it
a value nested more than 16 deep                       the message is rejected as a whole
more than 1,000 keys in one reading                    the message is rejected as a whole
an empty key, a key of more than 255 characters or     that key is dropped, the others are stored
with control characters
a whole number beyond 64 bits                          that key is dropped, the others are stored
a new key of a device that has QLINES_DEVICE_KEYS      that key is dropped, the others are stored
null                                                   skipped, as in ThingsBoard; no reason shown
an object without values                               nothing to store; no reason shown
=====================================================  ===========================================

One message has one acknowledgement, so an array is stored whole or not at all. Elements without
``ts`` share the time of receipt; where two elements of one message name the same key at the same
time, the later one in the array wins, as in ThingsBoard.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import orjson

from qlines.errors import InvalidReading
from qlines.ingest.known_keys import Keys
from qlines.ingest.values import ANY_KEYS, checked
from qlines.reading import MAX_AHEAD_US, MAX_KEYS, MIN_TS_US, Value
from qlines.value_rules import key_problem, shown

EXAMPLE = '{"temperature": 21.5}'
TOO_DEEP = ("recursion", "depth")  # as two versions of orjson say it
KINDS = {list: "an array", str: "text", bool: "true or false", type(None): "null"}

TimedValues = tuple[int, dict[str, Value]]  # microseconds since 1970, values by key
KeysOf = Callable[[str], Keys]


def _any_keys(_name: str) -> Keys:
    return ANY_KEYS


class Decoded(NamedTuple):
    """The readings of one message, and why keys were dropped (empty without a problem)."""

    readings: list[TimedValues]
    problem: str


class GatewayDecoded(NamedTuple):
    """The readings of one gateway message by device name, and why keys were dropped."""

    by_name: dict[str, list[TimedValues]]
    problem: str


def decode_telemetry(payload: bytes, received_us: int, keys: Keys = ANY_KEYS) -> Decoded:
    """Return the readings of a telemetry message in any of ThingsBoard's three forms.

    A flat object; ``{"ts": milliseconds, "values": {…}}``; an array of either. *keys* are those of
    the device. Raise
    InvalidReading, with a text for the device's owner, when the message is rejected as a whole.
    """
    document = parse(payload)
    if type(document) is dict and not ("values" in document and "ts" in document):
        values, problems = checked(document, payload, keys)
        if values and not problems:  # the common case; tuple.__new__ costs half of Decoded(…)
            return tuple.__new__(Decoded, ([(received_us, values)], ""))
        return Decoded([(received_us, values)] if values else [], _summary(problems))
    elements = document if type(document) is list else [document]
    readings, problems = _decode_elements(elements, payload, received_us, keys)
    return Decoded(readings, _summary(problems))


def decode_attributes(payload: bytes, keys: Keys = ANY_KEYS) -> tuple[dict[str, Value], str]:
    """Return a device's client attributes, and why keys were dropped.

    Raise InvalidReading when the message is rejected as a whole.
    """
    document = parse(payload)
    if type(document) is not dict:
        raise InvalidReading(
            f"attributes must be an object such as {EXAMPLE}, got {_kind(document)}"
        )
    values, problems = checked(document, payload, keys)
    return values, _summary(problems)


def decode_gateway_telemetry(
    payload: bytes, received_us: int, keys_of: KeysOf = _any_keys
) -> GatewayDecoded:
    """Return the readings that a gateway sends for its devices: ``{"name": [element, …], …}``.

    *keys_of* returns the keys of the device with a name.

    Raise InvalidReading when the message is rejected as a whole.
    """
    by_name: dict[str, list[TimedValues]] = {}
    problems: list[str] = []
    for name, elements in _by_device(payload).items():
        if type(elements) is not list:
            raise InvalidReading(
                f"for each device a gateway sends an array, got {_kind(elements)} for "
                f"{shown(name)}: put it into [ ]"
            )
        by_name[name], more = _decode_elements(elements, payload, received_us, keys_of(name))
        problems.extend(more)
    return GatewayDecoded(by_name, _summary(problems))


def decode_gateway_attributes(
    payload: bytes, keys_of: KeysOf = _any_keys
) -> tuple[dict[str, dict[str, Value]], str]:
    """Return the attributes that a gateway sends for its devices: ``{"name": {…}, …}``.

    *keys_of* returns the keys of the device with a name.

    Raise InvalidReading when the message is rejected as a whole.
    """
    by_name: dict[str, dict[str, Value]] = {}
    problems: list[str] = []
    for name, attributes in _by_device(payload).items():
        if type(attributes) is not dict:
            raise InvalidReading(
                f"for each device a gateway sends an object of attributes, got "
                f"{_kind(attributes)} for {shown(name)}"
            )
        by_name[name], more = checked(attributes, payload, keys_of(name))
        problems.extend(more)
    return by_name, _summary(problems)


def decode_gateway_device(payload: bytes) -> str:
    """Return the name in a gateway's connect or disconnect message: ``{"device": "name"}``.

    Raise InvalidReading when there is no valid name in it.
    """
    document = parse(payload)
    name = document.get("device") if type(document) is dict else None
    if type(name) is not str:
        raise InvalidReading('the message must be an object such as {"device": "name"}')
    problem = key_problem(name)
    if problem:
        raise InvalidReading(f"{shown(name)} cannot be a device's name: {problem}")
    return name


def parse(payload: bytes) -> Any:
    """Return the JSON document in *payload*; raise InvalidReading when it is not JSON."""
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise InvalidReading(_why_not_json(payload, error)) from None


def _why_not_json(payload: bytes, error: orjson.JSONDecodeError) -> str:
    if not payload.strip():
        return f"not JSON: the message is empty, send an object such as {EXAMPLE}"
    try:
        payload.decode()
    except UnicodeDecodeError as wrong:
        return (
            f"not JSON: byte 0x{payload[wrong.start]:02x} at position {wrong.start} is not UTF-8, "
            "send text in UTF-8"
        )
    if any(word in error.msg.lower() for word in TOO_DEEP):
        return "not JSON that can be stored: it is nested too deep, flatten it"
    return f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})"


def _by_device(payload: bytes) -> dict[str, Any]:
    document = parse(payload)
    if type(document) is not dict:
        raise InvalidReading(
            f'a gateway sends an object such as {{"name": [{EXAMPLE}]}}, got {_kind(document)}'
        )
    if len(document) > MAX_KEYS:
        raise InvalidReading(
            f"a message may name at most {MAX_KEYS} devices, this one has {len(document)}: split it"
        )
    for name in document:
        problem = key_problem(name)
        if problem:
            raise InvalidReading(f"{shown(name)} cannot be a device's name: {problem}")
    return document


def _decode_elements(
    elements: Iterable[Any], payload: bytes, received_us: int, keys: Keys
) -> tuple[list[TimedValues], list[str]]:
    by_time: dict[int, dict[str, Value]] = {}
    problems: list[str] = []
    for element in elements:
        if type(element) is not dict:
            raise InvalidReading(
                f"telemetry must be an object such as {EXAMPLE}, or an array of objects, "
                f"got {_kind(element)}"
            )
        ts_us, values = received_us, element
        if "values" in element and "ts" in element:
            ts_us, values = checked_ts(element["ts"], received_us), element["values"]
            if type(values) is not dict:
                raise InvalidReading(
                    f'beside "ts", "values" must be an object such as {EXAMPLE}, '
                    f"got {_kind(values)}"
                )
        valid, more = checked(values, payload, keys)
        problems.extend(more)
        if valid:
            earlier = by_time.get(ts_us)
            by_time[ts_us] = valid if earlier is None else earlier | valid
    return list(by_time.items()), problems


def checked_ts(ts: Any, received_us: int) -> int:
    """Return *ts*, epoch milliseconds, as microseconds; raise InvalidReading when out of range."""
    if type(ts) is float and ts.is_integer():
        ts = int(ts)
    if type(ts) is not int:
        raise InvalidReading(
            f"ts must be a whole number of milliseconds since 1970, got {shown(ts)}"
        )
    ts_us = ts * 1000
    if MIN_TS_US <= ts_us <= received_us + MAX_AHEAD_US:
        return ts_us
    raise InvalidReading(
        "ts must be milliseconds since 1970, from the year 2000 to one day ahead of now, "
        f"got {ts}: {_ts_remedy(ts, received_us)}"
    )


def _ts_remedy(ts: int, received_us: int) -> str:
    if MIN_TS_US <= ts * 1_000_000 <= received_us + MAX_AHEAD_US:
        return "it looks like seconds, multiply it by 1000"
    if MIN_TS_US <= ts <= received_us + MAX_AHEAD_US:
        return "it looks like microseconds, divide it by 1000"
    if MIN_TS_US <= ts // 1000 <= received_us + MAX_AHEAD_US:
        return "it looks like nanoseconds, divide it by 1000000"
    return "set the device's clock, or send no ts and the time of receipt is used"


def _kind(document: Any) -> str:
    if type(document) in (int, float):
        return f"the bare number {shown(document)}"
    return KINDS.get(type(document), "an object")


def _summary(problems: list[str]) -> str:
    if not problems:
        return ""
    more = f" ({len(problems) - 1} more keys too)" if len(problems) > 1 else ""
    return problems[0] + more + "; the message's other values were stored"
