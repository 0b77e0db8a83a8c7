"""What a device says to be claimed: its secret and for how long, as in ThingsBoard; pure.

===========================================  ======================================================
message                                      means
===========================================  ======================================================
empty                                        the secret "", for a day
``{"secretKey": "s", "durationMs": 60000}``  this secret, for a minute; both may be left out
durationMs absent, null, 0 or below          a day
durationMs of more than a year               a year
anything else                                rejected, with a sentence for the device's owner
===========================================  ======================================================

A gateway sends the same for devices by name: ``{"A": {…}, "B": {…}}``. The source is ThingsBoard's
``JsonConverter`` and ``ClaimDevicesServiceImpl``; its longest time has no limit.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from qlines.errors import InvalidReading
from qlines.value_rules import key_problem, shown

DEFAULT_MS = 86_400_000
MAX_MS = 365 * DEFAULT_MS
MAX_SECRET_CHARACTERS = 255
MAX_DEVICES = 1_000  # in one message of a gateway
EXAMPLE = '{"secretKey": "s", "durationMs": 60000}'
GATEWAY_EXAMPLE = '{"name": {"secretKey": "s", "durationMs": 60000}}'


class Terms(NamedTuple):
    """The person who names the device and *secret* in the next *duration_ms* becomes its owner."""

    secret: str
    duration_ms: int


def terms_in(payload: bytes) -> Terms:
    """Return what a device's message says; raise InvalidReading when it is not valid."""
    return _terms(_document_in(payload, EXAMPLE) if payload else {})


def terms_by_name(payload: bytes) -> tuple[dict[str, Terms], str]:
    """Return what a gateway's message says of each device, and why some were left out.

    Raise InvalidReading when none is left.
    """
    document = _document_in(payload, GATEWAY_EXAMPLE)
    if type(document) is not dict or not 1 <= len(document) <= MAX_DEVICES:
        raise InvalidReading(
            f"a gateway's claims must be an object of 1 to {MAX_DEVICES:,} devices such as "
            f"{GATEWAY_EXAMPLE}, got {shown(document)}"
        )
    found: dict[str, Terms] = {}
    problems: list[str] = []
    for name, terms in document.items():
        try:
            found[_checked_name(name)] = _terms(terms)
        except InvalidReading as error:
            problems.append(f"{shown(name)}: {error}")
    if not found:
        raise InvalidReading(problems[0])
    more = f" ({len(problems) - 1} more too)" if len(problems) > 1 else ""
    return found, f"{problems[0]}{more}; the other devices were taken" if problems else ""


def _document_in(payload: bytes, example: str) -> Any:
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        reason = str(error) if payload else "the message is empty"
        raise InvalidReading(
            f"a claim must be JSON: {reason}; send an object such as {example}"
        ) from None


def _checked_name(name: str) -> str:
    problem = key_problem(name)
    if problem:
        raise InvalidReading(f"it cannot be a device's name: {problem}")
    return name


def _terms(document: Any) -> Terms:
    if not isinstance(document, Mapping):
        raise InvalidReading(
            f"a claim must be empty or an object such as {EXAMPLE}, got {shown(document)}"
        )
    return Terms(_secret_of(document.get("secretKey")), _duration_of(document.get("durationMs")))


def _secret_of(secret: Any) -> str:
    if secret is None:
        return ""
    if type(secret) is not str or len(secret) > MAX_SECRET_CHARACTERS:
        raise InvalidReading(
            f"secretKey must be text of at most {MAX_SECRET_CHARACTERS} characters, got "
            f"{'a longer one' if type(secret) is str else shown(secret)}: send an object such as "
            f"{EXAMPLE}"
        )
    return secret


def _duration_of(duration: Any) -> int:
    if type(duration) is float and duration.is_integer():
        duration = int(duration)
    if duration is None:
        return DEFAULT_MS
    if type(duration) is not int:
        raise InvalidReading(
            f"durationMs must be a whole number of milliseconds, got {shown(duration)}: send an "
            f"object such as {EXAMPLE}"
        )
    return min(duration, MAX_MS) if duration > 0 else DEFAULT_MS
