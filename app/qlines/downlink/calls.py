"""Calls of methods by devices, ThingsBoard's client-side RPC; pure.

`getSessionLimits`, `getTime` and `getCurrentTime` are answered by the broker's plugin. Other
methods are for the webhook of the device's owner (webhook_calls.py); without one the device gets an
error at once, instead of a minute of silence.
"""

import re
from typing import Any, NamedTuple

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


class MethodCall(NamedTuple):
    """What a device calls; *params* is any JSON, None when it sent none."""

    method: str
    params: Any


class Reply(NamedTuple):
    """Where a call is answered, and the number that the device gave it."""

    topic: str
    number: int


def unknown(method: str) -> str:
    """Return why a method that nobody has is not answered."""
    return (
        f"the method {shown(method)} is unknown; these can be called: {KNOWN}, and any other one "
        "once the device's owner has set a webhook for calls"
    )


def reply_to(topic: str) -> Reply:
    """Return where a call on *topic* is answered.

    Raise InvalidReading, with a sentence for the device's owner, when it has no valid number.
    """
    base = next(base for base in RESPONSES if topic.startswith(base))
    tail = topic.removeprefix(base)
    if not NUMBER.fullmatch(tail) or not -(2**31) <= int(tail) < 2**31:
        raise InvalidReading(
            "the topic of a call ends with a whole number of 32 bits, got "
            f"{shown(tail)}: publish to {base}1, and count up"
        )
    return Reply(f"{RESPONSES[base]}{int(tail)}", int(tail))


def call_in(payload: bytes) -> MethodCall:
    """Return what is called; raise InvalidReading when it is not a call."""
    try:
        document: Any = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise InvalidReading(f"not JSON: {error}; send an object such as {EXAMPLE}") from None
    method = document.get("method") if type(document) is dict else None
    if type(method) is not str or not method:
        raise InvalidReading(
            f"a call must be an object with a method such as {EXAMPLE}, got {shown(document)}"
        )
    return MethodCall(method, _checked_params(document.get("params")))


def _checked_params(params: Any) -> Any:
    """Return the params; raise InvalidReading when they are too deep to be sent on.

    orjson reads 1,024 levels and writes 254, of which a webhook's message needs two.
    """
    try:
        orjson.dumps([[params]])
    except orjson.JSONEncodeError:
        raise InvalidReading(
            "the params of a call are nested too deep: send them in at most 250 levels"
        ) from None
    return params
