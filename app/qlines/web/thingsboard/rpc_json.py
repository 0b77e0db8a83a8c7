"""ThingsBoard's forms of a command: the call that a script sends, and the record of it; pure.

The source is ThingsBoard's ``AbstractRpcController`` and its ``Rpc``. What a script sends beside
the fields below is ignored, as there.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from qlines.clock import epoch_us
from qlines.errors import FieldError
from qlines.store.command_document import (
    MAX_EXPIRES_IN_SECONDS,
    MAX_RETRIES,
    RETRIES,
    CommandDocument,
    State,
)
from qlines.value_rules import shown
from qlines.web.api.command_json import MAX_KEY_CHARACTERS
from qlines.web.api.fields import TrueOrFalse, WholeNumber
from qlines.web.times import ms_of

EXAMPLE = '{"method": "openValve", "params": {"percent": 40}, "timeout": 10000}'
CALL_DOCUMENT = {"type": "object", "example": orjson.loads(EXAMPLE)}
DEFAULT_TIMEOUT_MS, MIN_TIMEOUT_MS = 10_000, 5_000
MAX_TIMEOUT_MS = MAX_EXPIRES_IN_SECONDS * 1_000
# In ThingsBoard a command that came back is TIMEOUT for a moment, here it is queued again at once;
# one that was cancelled has failed.
STATUSES: dict[State, str] = {
    "queued": "QUEUED",
    "sent": "SENT",
    "delivered": "DELIVERED",
    "answered": "SUCCESSFUL",
    "failed": "FAILED",
    "expired": "EXPIRED",
}


class Call(NamedTuple):
    """What a script sends: *key* is its ``requestUUID``, the same one again is the same command."""

    method: str
    params: Any
    is_persistent: bool
    expires_in: timedelta
    retries: int
    key: str | None


def _milliseconds(low: int, **more: Any) -> WholeNumber:
    rule = f"must be a whole number of milliseconds from {low:,} to {MAX_TIMEOUT_MS:,}"
    return WholeNumber(
        validate=validate.Range(low, MAX_TIMEOUT_MS, error=f"{rule}, got {{input}}"),
        error_messages={"invalid": rule, "null": rule},
        **more,
    )


class CallSchema(Schema):
    """The fields of a call that mean something here."""

    method = fields.String(required=True)
    params = fields.Raw(load_default=None, allow_none=True)
    timeout = _milliseconds(0, load_default=DEFAULT_TIMEOUT_MS)
    persistent = TrueOrFalse(load_default=False)
    expirationTime = WholeNumber(load_default=None)  # noqa: N815 - ThingsBoard's name
    retries = WholeNumber(
        load_default=RETRIES,
        validate=validate.Range(
            0, MAX_RETRIES, error=f"must be a whole number from 0 to {MAX_RETRIES}, got {{input}}"
        ),
    )
    requestUUID = fields.String(  # noqa: N815 - ThingsBoard's name
        load_default=None, validate=validate.Length(1, MAX_KEY_CHARACTERS)
    )


def call_in(document: dict[str, Any], now: datetime) -> Call:
    """Return the call that a script sends; raise FieldError for a field that it may not have."""
    try:
        read = CallSchema(unknown=EXCLUDE).load(document)
    except ValidationError as error:
        messages: Any = error.messages
        field, reasons = next(iter(messages.items()))
        raise FieldError(field, str(reasons[0])) from None
    return Call(
        read["method"],
        read["params"],
        read["persistent"],
        _expires_in(read["timeout"], read["expirationTime"], now),
        read["retries"],
        read["requestUUID"],
    )


def _expires_in(timeout_ms: int, expires_ms: int | None, now: datetime) -> timedelta:
    """Return how long a call is valid: until *expires_ms* since 1970 if there is one."""
    if expires_ms is None:
        return timedelta(milliseconds=max(MIN_TIMEOUT_MS, timeout_ms))
    left_ms = expires_ms - epoch_us(now) // 1000
    if not 0 < left_ms <= MAX_TIMEOUT_MS:
        raise FieldError(
            "expirationTime",
            f"must be milliseconds since 1970 in the next 30 days, got {shown(expires_ms)}",
        )
    return timedelta(milliseconds=left_ms)


def state_of(status: str) -> State | None:
    """Return the state with ThingsBoard's name; None for one in which no command is ever."""
    return next((state for state, name in STATUSES.items() if name == status), None)


def record_of(command: CommandDocument) -> dict[str, Any]:
    """Return a command as ThingsBoard shows a persistent RPC; its tenant has no meaning here."""
    device = {"entityType": "DEVICE", "id": str(command["device"])}
    expires_ms = ms_of(command["expires_at"])
    return {
        "id": {"entityType": "RPC", "id": command["_id"]},
        "createdTime": ms_of(command["created_at"]),
        "deviceId": device,
        "expirationTime": expires_ms,
        "request": {
            "id": command["_id"],
            "deviceId": device,
            "oneway": not command["two_way"],
            "expirationTime": expires_ms,
            "body": {"method": command["method"], "params": command["params"]},
            "persisted": True,
            "retries": command["retries"],
        },
        "response": _response(command.get("answer")),
        "status": STATUSES[command["state"]],
        "additionalInfo": None,
    }


def _response(text: str | None) -> Any:
    """Return what the device answered: JSON as it came, anything else as a text."""
    if not text:
        return None
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return orjson.Fragment(text)
