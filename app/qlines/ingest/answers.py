"""Decode what devices answer to commands, and what gateways answer for theirs.

How invalid input is handled; the device's owner sees the reason:

=====================================================  ===========================================
input                                                  result
=====================================================  ===========================================
a number that is not a whole one from 1 to 2^31-1      the message is rejected as a whole
an answer in invalid UTF-8                             the message is rejected as a whole
of a gateway: not JSON, no object, no device's name    the message is rejected as a whole
an empty answer; of a gateway: no ``data``             stored as an empty text
an answer that is not JSON                             stored as the text that it is
=====================================================  ===========================================
"""

import json
import re
from typing import Any, NamedTuple

from qlines.errors import InvalidReading
from qlines.ingest.decode import parse
from qlines.store.command_document import MAX_NUMBER
from qlines.value_rules import key_problem, shown

NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)  # int() refuses no text of so few digits
GATEWAY_EXAMPLE = '{"device": "name", "id": 1, "data": {"done": true}}'
SPACE = re.compile(r"[ \t\n\r]*")
# It finds where a value ends; numbers are not converted, for int() refuses very long ones.
DECODER = json.JSONDecoder(parse_int=str, parse_float=str)


class GatewayAnswer(NamedTuple):
    """What the device *name* of a gateway answered to the command with this number."""

    name: str
    number: int
    text: str


def number_in(topic: str) -> int:
    """Return the number of the command at the end of *topic*; raise InvalidReading if invalid."""
    tail = topic.rpartition("/")[2]
    if NUMBER.fullmatch(tail):
        return _checked_number(int(tail))
    raise _invalid_number(shown(tail))


def text_of(payload: bytes) -> str:
    """Return a device's answer as it came; raise InvalidReading when it is not UTF-8."""
    try:
        return payload.decode()
    except UnicodeDecodeError as wrong:
        raise InvalidReading(
            f"an answer must be text in UTF-8, got the byte 0x{payload[wrong.start]:02x} at "
            f"position {wrong.start}: send JSON, or text in UTF-8"
        ) from None


def decode_gateway_answer(payload: bytes) -> GatewayAnswer:
    """Return what a gateway answers for its device, ``{"device": …, "id": …, "data": …}``.

    Raise InvalidReading when it is rejected.
    """
    document = parse(payload)
    if type(document) is not dict or not {"device", "id"} <= document.keys():
        raise InvalidReading(f"an answer of a gateway must be an object such as {GATEWAY_EXAMPLE}")
    name, number = document["device"], document["id"]
    problem = key_problem(name) if type(name) is str else "it must be a text"
    if problem:
        raise InvalidReading(f"{shown(name)} cannot be a device's name: {problem}")
    if type(number) is not int:
        raise _invalid_number(shown(number))
    return GatewayAnswer(name, _checked_number(number), _text_of_member(payload.decode(), "data"))


def _checked_number(number: int) -> int:
    if 1 <= number <= MAX_NUMBER:
        return number
    raise _invalid_number(str(number))


def _invalid_number(got: str) -> InvalidReading:
    return InvalidReading(
        f"the number of a command is a whole number from 1 to {MAX_NUMBER}, got {got}: answer "
        "under the number with which the command came"
    )


def _text_of_member(text: str, key: str) -> str:
    """Return how the value of *key* is written in *text*, a JSON object; empty without that key.

    To parse it and to write it again would lose digits of long numbers.
    """
    found = ""
    at = _after_space(text, text.index("{") + 1)
    while text[at] != "}":
        name, at = _value(text, at)
        at = _after_space(text, text.index(":", at) + 1)
        _, end = _value(text, at)
        if name == key:
            found = text[at:end]  # of a key that is there twice the last one counts
        at = _after_space(text, end)
        if text[at] == ",":
            at = _after_space(text, at + 1)
    return found


def _value(text: str, at: int) -> tuple[Any, int]:
    try:
        return DECODER.raw_decode(text, at)
    except RecursionError:
        raise InvalidReading(
            "an answer must not be nested as deep as this one: flatten it"
        ) from None


def _after_space(text: str, at: int) -> int:
    match = SPACE.match(text, at)
    return match.end() if match else at
