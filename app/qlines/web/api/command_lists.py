"""/api/commands: one command to many devices, and what became of many commands."""

from datetime import timedelta
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from qlines.clock import utc_datetime
from qlines.errors import FieldError
from qlines.store import command_batches, controls
from qlines.store.command_batches import Outcome
from qlines.store.command_document import NewCommand
from qlines.store.control_rules import params_of
from qlines.store.device_document import named_all
from qlines.web.api.command_json import (
    CommandSchema,
    NewCommandSchema,
    command_json,
    new_command,
)
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint
from qlines.web.audit import noted
from qlines.web.auth.identity import me
from qlines.web.deps import deps

blueprint = ApiBlueprint("command_lists", __name__, description="One command to many devices")

MAX_DEVICES = 1000
MAX_COMMANDS = 200  # as many as a page of a device's commands


def _texts(what: str, maximum: int) -> fields.List[str]:
    error = f"must be 1 to {maximum} {what}"
    length = validate.Length(1, maximum, error=error)
    return fields.List(fields.String(), required=True, validate=length)


class CommandToManySchema(NewCommandSchema):
    """A command, and the devices that get it: a method with params, or a control with values.

    A control makes the command from `values`, its parameters by name; it says itself whether the
    device answers and how long the command waits.
    """

    devices = _texts("ids of devices", MAX_DEVICES)
    method = fields.String(load_default=None)
    control = fields.String(load_default=None)
    values = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True))


class SentSchema(Schema):
    """The number of the command of a device, or `error`: why it got none."""

    device = fields.String()
    number = fields.Integer()
    error = fields.String()


class CommandIdsSchema(Schema):
    """Which commands, by their `id`."""

    commands = _texts("ids of commands", MAX_COMMANDS)


class CommandRowsSchema(Schema):
    """Those of the commands that exist."""

    items = fields.List(fields.Nested(CommandSchema))


@endpoint(
    blueprint, "POST", "/commands", body=CommandToManySchema, returns=SentSchema(many=True),
    errors=(404,),
)  # fmt: skip
def send_to_many(body: dict[str, Any]) -> Response:
    """Send a command to each of the devices for which that is possible.

    With a `key`, a request that was interrupted can be repeated: no device gets it twice.
    """
    new = _command(body)
    now = utc_datetime(deps().clock.now_us())
    batch = command_batches.add_all(deps().db, me().user_id, body["devices"], new, now)
    if batch.added_to:
        noted(f"sent the command {new.method!r} to {named_all(batch.added_to)}")
    return answer([_outcome_json(outcome) for outcome in batch.outcomes])


@endpoint(blueprint, "POST", "/commands/rows", body=CommandIdsSchema, returns=CommandRowsSchema())
def show_many(body: dict[str, Any]) -> Response:
    """Return commands of your devices by their ids, without those that do not exist."""
    found = command_batches.with_ids(deps().db, me().user_id, body["commands"])
    return answer({"items": [command_json(command) for command in found]})


def _command(body: dict[str, Any]) -> NewCommand:
    """Return the command; raise NotFoundError for another's control, FieldError for bad values."""
    if (body["method"] is None) == (body["control"] is None):
        got = "none" if body["method"] is None else "both"
        raise FieldError("method", f"or control must be given, and not both, got {got}")
    if body["control"] is not None:
        return _of_control(body)
    if "values" in body:
        raise FieldError("values", "are for a control, got some for a method: use params")
    return new_command(body, me().email)


def _of_control(body: dict[str, Any]) -> NewCommand:
    control = controls.find(deps().db, body["control"], owner=me().user_id)
    definition = controls.definition_of(control)
    return NewCommand(
        definition.method,
        params_of(definition, body.get("values", {})),
        two_way=not definition.one_way,
        expires_in=timedelta(seconds=definition.expires_in_seconds),
        retries=body["retries"],
        by=me().email,
        key=body["key"],
    )


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    if outcome.number is None:
        return {"device": outcome.device, "error": outcome.error}
    return {"device": outcome.device, "number": outcome.number}
