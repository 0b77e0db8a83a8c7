"""A command in the API: its schemas, and its JSON."""

from datetime import datetime, timedelta
from typing import Any, get_args

import orjson
from marshmallow import Schema, fields, validate

from qlines.store.command_document import (
    EXPIRES_IN_SECONDS,
    MAX_EXPIRES_IN_SECONDS,
    MAX_RETRIES,
    RETRIES,
    CommandDocument,
    NewCommand,
    State,
)
from qlines.web.api.fields import TrueOrFalse, WholeNumber, one_of, whole_number
from qlines.web.times import ms_of

MAX_KEY_CHARACTERS = 64
STATES: tuple[State, ...] = get_args(State)


def _count(low: int, high: int, default: int) -> WholeNumber:
    rule = f"must be a whole number from {low} to {high}"
    return WholeNumber(
        load_default=default,
        validate=validate.Range(low, high, error=f"{rule}, got {{input}}"),
        error_messages={"invalid": rule, "null": rule},
    )


class NewCommandSchema(Schema):
    """A call of a method on the device.

    With `two_way` the device is to answer; without, the command has ended once it is delivered. The
    same `key` again returns the command that was made first.
    """

    method = fields.String(required=True)
    params = fields.Raw(load_default=None, allow_none=True)
    two_way = TrueOrFalse(load_default=True)
    expires_in_seconds = _count(1, MAX_EXPIRES_IN_SECONDS, EXPIRES_IN_SECONDS)
    retries = _count(0, MAX_RETRIES, RETRIES)
    key = fields.String(load_default=None, validate=validate.Length(1, MAX_KEY_CHARACTERS))


def new_command(body: dict[str, Any], by: str) -> NewCommand:
    """Return the command that a body of NewCommandSchema describes; *by* is an e-mail address."""
    return NewCommand(
        body["method"],
        body["params"],
        two_way=body["two_way"],
        expires_in=timedelta(seconds=body["expires_in_seconds"]),
        retries=body["retries"],
        by=by,
        key=body["key"],
    )


class CommandListSchema(Schema):
    """Which page of the commands; `open` are those that have not ended."""

    state = one_of("open", *STATES, load_default=None)
    page = whole_number(1, 1_000_000, load_default=1)
    per_page = whole_number(1, 200, load_default=50)


class CommandAnswerSchema(Schema):
    """What the device answered: `json` when it is JSON, else `text`."""

    json = fields.Raw(allow_none=True)
    text = fields.String()


class CommandSchema(Schema):
    """A command; `error` says why it failed or expired."""

    id = fields.String()
    device = fields.String()
    number = fields.Integer()
    method = fields.String()
    params = fields.Raw(allow_none=True)
    two_way = fields.Boolean()
    state = fields.String(metadata={"enum": list(STATES)})
    created_at = fields.Integer()
    expires_at = fields.Integer()
    sent_at = fields.Integer(allow_none=True)
    delivered_at = fields.Integer(allow_none=True)
    answered_at = fields.Integer(allow_none=True)
    ended_at = fields.Integer(allow_none=True)
    attempts = fields.Integer()
    retries = fields.Integer()
    by = fields.String()
    key = fields.String(allow_none=True)
    answer = fields.Nested(CommandAnswerSchema, allow_none=True)
    error = fields.String(allow_none=True)


class CommandPageSchema(Schema):
    """A page of commands, the newest first.

    `first_open` is the number of the device's first one that has not ended, of whatever page.
    """

    items = fields.List(fields.Nested(CommandSchema))
    first_open = fields.Integer(allow_none=True)
    total = fields.Integer()
    page = fields.Integer()
    per_page = fields.Integer()


def command_json(command: CommandDocument) -> dict[str, Any]:
    """Return the command as CommandSchema describes it."""
    return {
        "id": command["_id"],
        "device": str(command["device"]),
        "number": command["number"],
        "method": command["method"],
        # As it is stored: it may be nested deeper than orjson writes.
        "params": orjson.Fragment(command["params"]),
        "two_way": command["two_way"],
        "state": command["state"],
        "created_at": ms_of(command["created_at"]),
        "expires_at": ms_of(command["expires_at"]),
        "sent_at": _ms_or_none(command.get("sent_at")),
        "delivered_at": _ms_or_none(command.get("delivered_at")),
        "answered_at": _ms_or_none(command.get("answered_at")),
        "ended_at": _ms_or_none(command.get("ended_at")),
        "attempts": command["attempts"],
        "retries": command["retries"],
        "by": command["by"],
        "key": command.get("key"),
        "answer": _answer_json(command.get("answer")),
        "error": command.get("error"),
    }


def _ms_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else ms_of(moment)


def _answer_json(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return {"text": text}
    return {"json": orjson.Fragment(text)}
