"""ThingsBoard's paths for commands, so that its scripts change only host and key.

The ids are ours: of a device, and of a command for the ``rpcId``. Answers and status codes are
ThingsBoard's, the bodies of errors are ours. There, a call that waits for its answer is not in the
list of persistent ones; here every command is.
"""

from http import HTTPStatus
from typing import Any, NamedTuple

import orjson
from flask import Response
from marshmallow import Schema, fields

from qlines.clock import utc_datetime
from qlines.errors import BusyError, FieldError, NotFoundError
from qlines.store import commands, devices
from qlines.store.command_document import CommandDocument, NewCommand
from qlines.store.device_document import DeviceDocument
from qlines.value_rules import shown
from qlines.web.api.endpoint import (
    ApiBlueprint,
    answer,
    check_whole_numbers,
    endpoint,
    object_in_body,
)
from qlines.web.api.fields import whole_number
from qlines.web.auth.identity import me
from qlines.web.command_changes import delete_command, send_command
from qlines.web.deps import deps
from qlines.web.news import Waiting
from qlines.web.problem import problem
from qlines.web.thingsboard.rpc_json import (
    CALL_DOCUMENT,
    EXAMPLE,
    STATUSES,
    Call,
    call_in,
    record_of,
    state_of,
)
from qlines.web.turns import Room, Turns

blueprint = ApiBlueprint(
    "thingsboard_rpc", __name__, description="The paths of ThingsBoard for its scripts: commands"
)

V1, V2 = "/plugins/rpc", "/rpc"
RECORD = f"{V2}/persistent/<rpc_id>"
# The proxy gives up after 75 s, and ThingsBoard itself after 30 s as it is installed.
MAX_WAIT_SECONDS = 60.0
CALLS_AT_ONCE = 100  # of one person that wait for an answer
MAX_DIGITS = 10  # of a command's number
ANSWER_DOCUMENT = {"description": "What the device answered, or the rpcId"}
RECORD_DOCUMENT = {
    "type": "object",
    "properties": {
        "id": {"type": "object"},
        "createdTime": {"type": "integer"},
        "expirationTime": {"type": "integer"},
        "request": {"type": "object"},
        "response": {"nullable": True},
        "status": {"type": "string", "enum": list(STATUSES.values())},
    },
}
RECORDS_DOCUMENT = {
    "type": "object",
    "properties": {
        "data": {"type": "array", "items": RECORD_DOCUMENT},
        "totalPages": {"type": "integer"},
        "totalElements": {"type": "integer"},
        "hasNext": {"type": "boolean"},
    },
}
# Never in these states here, but ThingsBoard knows them.
OTHER_STATUSES = ("TIMEOUT", "DELETED")


class Statuses(NamedTuple):
    """The status codes when a device did not answer in time, and when it never got the command."""

    timeout: int
    no_connection: int


OF_V1 = Statuses(HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT)
OF_V2 = Statuses(HTTPStatus.GATEWAY_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT)


def _too_many() -> BusyError:
    return BusyError(
        f"you wait for the answers to {CALLS_AT_ONCE} commands at once, the most allowed: wait for "
        'one, or send the others with "persistent": true',
        status=429,
        retry_seconds=5,
    )


calls_of_people = Turns(Room(CALLS_AT_ONCE, 0, 0.0), _too_many)


class RecordsQuerySchema(Schema):
    """Which page of a device's commands, counted from 0, and in which state they are."""

    pageSize = whole_number(1, 1_000, load_default=10)  # noqa: N815 - ThingsBoard's name, as below
    page = whole_number(0, 1_000_000, load_default=0)
    rpcStatus = fields.String(load_default=None)  # noqa: N815
    # Accepted and not used: the newest commands are the first.
    textSearch = fields.String(load_default=None)  # noqa: N815
    sortProperty = fields.String(load_default=None)  # noqa: N815
    sortOrder = fields.String(load_default=None)  # noqa: N815


@endpoint(
    blueprint, "POST", f"{V2}/oneway/<device_id>", body_document=CALL_DOCUMENT,
    errors=(404, 409, 429, 504),
)  # fmt: skip
def call_one_way(device_id: str) -> Response:
    """Send a command that needs no answer, and wait until the device has it."""
    return _call(device_id, OF_V2, two_way=False)


@endpoint(
    blueprint, "POST", f"{V2}/twoway/<device_id>", body_document=CALL_DOCUMENT,
    returns=ANSWER_DOCUMENT, errors=(404, 406, 409, 429, 504),
)  # fmt: skip
def call_two_way(device_id: str) -> Response:
    """Send a command and return what the device answers; with `persistent` its `rpcId` at once."""
    return _call(device_id, OF_V2, two_way=True)


@endpoint(
    blueprint, "POST", f"{V1}/oneway/<device_id>", body_document=CALL_DOCUMENT,
    errors=(404, 408, 409, 429),
)  # fmt: skip
def call_one_way_v1(device_id: str) -> Response:
    """Send a command that needs no answer, and wait until the device has it."""
    return _call(device_id, OF_V1, two_way=False)


@endpoint(
    blueprint, "POST", f"{V1}/twoway/<device_id>", body_document=CALL_DOCUMENT,
    returns=ANSWER_DOCUMENT, errors=(404, 406, 408, 409, 429),
)  # fmt: skip
def call_two_way_v1(device_id: str) -> Response:
    """Send a command and return what the device answers; with `persistent` its `rpcId` at once."""
    return _call(device_id, OF_V1, two_way=True)


@endpoint(blueprint, "GET", RECORD, returns=RECORD_DOCUMENT, errors=(404,))
def show_rpc(rpc_id: str) -> Response:
    """Return a command as ThingsBoard shows it."""
    _, command = _own_command(rpc_id)
    return answer(record_of(command))


@endpoint(blueprint, "DELETE", RECORD, errors=(404,))
def delete_rpc(rpc_id: str) -> Response:
    """Delete a command; the device may have got it already."""
    delete_command(*_own_command(rpc_id))
    return Response()


@endpoint(
    blueprint, "GET", f"{V2}/persistent/device/<device_id>", query=RecordsQuerySchema,
    returns=RECORDS_DOCUMENT, errors=(404,),
)  # fmt: skip
def list_rpcs(query: dict[str, Any], device_id: str) -> Response:
    """List the commands of a device, newest first, all or those with an `rpcStatus`."""
    device, page, size = _own(device_id), query["page"], query["pageSize"]
    items, total = _records(str(device["_id"]), query["rpcStatus"], page, size)
    body = {
        "data": [record_of(command) for command in items],
        "totalPages": -(-total // size),
        "totalElements": total,
        "hasNext": (page + 1) * size < total,
    }
    return answer(body)


def _records(
    device: str, status: str | None, page: int, size: int
) -> tuple[list[CommandDocument], int]:
    state = state_of(status) if status else None
    if status and state is None:
        if status in OTHER_STATUSES:
            return [], 0
        names = ", ".join([*STATUSES.values(), *OTHER_STATUSES])
        raise FieldError("rpcStatus", f"must be one of {names}, got {status[:50]!r}")
    return commands.page(deps().db, device, state=state, page=page + 1, per_page=size)


def _call(device_id: str, statuses: Statuses, *, two_way: bool) -> Response:
    device = _own(device_id)
    body = object_in_body(EXAMPLE)
    check_whole_numbers()
    call = call_in(body, utc_datetime(deps().clock.now_us()))
    new = _new(call, two_way=two_way)
    if call.is_persistent:
        return answer({"rpcId": send_command(device, new)["_id"]})
    with (
        calls_of_people.turn(me().user_id),
        deps().news.of(str(device["_id"]), "commands") as waiting,
    ):
        command = send_command(device, new)
        seconds = min(call.expires_in.total_seconds(), MAX_WAIT_SECONDS)
        return _result(_once_ended(command, waiting, seconds), statuses)


def _new(call: Call, *, two_way: bool) -> NewCommand:
    return NewCommand(
        call.method,
        call.params,
        two_way=two_way,
        expires_in=call.expires_in,
        retries=call.retries,
        by=me().email,
        key=call.key,
    )


def _once_ended(command: CommandDocument, waiting: Waiting, seconds: float) -> CommandDocument:
    """Return the command once it has ended, or what it is after so many seconds."""
    device, clock = str(command["device"]), deps().clock
    ends_at, is_news = clock.monotonic() + seconds, True
    while is_news and command.get("open"):
        is_news = waiting.wait(max(0.0, ends_at - clock.monotonic()))
        current = commands.get(deps().db, device, command["number"])
        if current is None:  # its device was removed
            raise NotFoundError(f"the device has no command {command['number']}")
        command = current
    return command


def _result(command: CommandDocument, statuses: Statuses) -> Response:
    if command["state"] == "answered":
        return _answered(command.get("answer", ""))
    if command["state"] == "delivered" and not command["two_way"]:
        return Response()
    if not command["attempts"]:
        reason = command.get("error") or "the device did not connect and listen in this time"
        return problem(statuses.no_connection, reason)
    reason = command.get("error") or "the device did not answer in this time"
    return problem(statuses.timeout, reason)


def _answered(text: str) -> Response:
    if not text:
        return Response()
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return problem(406, f"the device answered {shown(text)}, which is not JSON")
    return Response(text, mimetype="application/json")


def _own(device_id: str) -> DeviceDocument:
    return devices.find(deps().db, device_id, owner=me().user_id)


def _own_command(rpc_id: str) -> tuple[DeviceDocument, CommandDocument]:
    """Return a command of a device of the person, with the device; raise NotFoundError."""
    device_id, _, number = rpc_id.partition("-")
    device = _own(device_id)
    is_number = number.isascii() and number.isdigit() and len(number) <= MAX_DIGITS
    command = commands.get(deps().db, str(device["_id"]), int(number)) if is_number else None
    if command is None:
        raise NotFoundError(f"there is no command {rpc_id[:50]!r}: its id is the rpcId")
    return device, command
