"""Calls of methods by devices, ThingsBoard's client-side RPC; pure.

`getSessionLimits`, `getTime` and `getCurrentTime` are answered by the broker's plugin. Nobody here
has any other method: the device gets that as its answer at once, instead of a minute of silence.
"""

import re
from typing import Any

import orjson

from qlines.errors import InvalidReading
from qlines.value_rules import shown

# Where a call ends with its number, and where its answer does; the longer one first.
RESPONSES = {
    "v1/devices/me/rpc/request/": "v1/devices/me/rpc/response/",
    "v2/r/req/j/": "v2/r/res/j/",
    "v2/r/req/": "v2/r/res/",
}
TOPICS = tuple(RESPONSES)
NUMBER = re.compile(r"-?[0-9]{1,10}", re.ASCII)
EXAMPLE = '{"method": "getTime", "params": {}}'
KNOWN = "getTime, getCurrentTime, getSessionLimits"


def answer(topic: str, payload: bytes) -> tuple[str, bytes]:
    """Return topic and payload of the answer to a call.

    Raise InvalidReading, with a sentence for the device's owner, when it is not a call.
    """
    return _response_topic(topic), unknown(method_in(payload))


def unknown(method: str) -> bytes:
    """Return the answer to a call of a method that nobody has."""
    error = f"the method {shown(method)} is unknown; these can be called: {KNOWN}"
    return orjson.dumps({"error": error})


def _response_topic(topic: str) -> str:
    base = next(base for base in RESPONSES if topic.startswith(base))
    tail = topic.removeprefix(base)
    if not NUMBER.fullmatch(tail) or not -(2**31) <= int(tail) < 2**31:
        raise InvalidReading(
            "the topic of a call ends with a whole number of 32 bits, got "
            f"{shown(tail)}: publish to {base}1, and count up"
        )
    return f"{RESPONSES[base]}{int(tail)}"


def method_in(payload: bytes) -> str:
    """Return the method that is called; raise InvalidReading when it is not a call."""
    try:
        document: Any = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise InvalidReading(f"not JSON: {error}; send an object such as {EXAMPLE}") from None
    method = document.get("method") if type(document) is dict else None
    if type(method) is not str or not method:
        raise InvalidReading(
            f"a call must be an object with a method such as {EXAMPLE}, got {shown(document)}"
        )
    return method
