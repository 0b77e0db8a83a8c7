"""/api/devices/ID/commands: calls of methods on a device."""

from typing import Any

from flask import Response

from qlines.errors import NotFoundError
from qlines.store import commands, devices
from qlines.store.command_document import CommandDocument
from qlines.store.device_document import DeviceDocument
from qlines.web.api.command_json import (
    CommandListSchema,
    CommandPageSchema,
    CommandSchema,
    NewCommandSchema,
    command_json,
    new_command,
)
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint
from qlines.web.auth.identity import me
from qlines.web.command_changes import cancel_command as cancel
from qlines.web.command_changes import send_command
from qlines.web.deps import deps

blueprint = ApiBlueprint("commands", __name__, description="Commands to your devices")

PATH = "/devices/<device_id>/commands"


@endpoint(
    blueprint, "POST", PATH, body=NewCommandSchema, status=201, returns=CommandSchema(),
    errors=(404, 409),
)  # fmt: skip
def add_command(body: dict[str, Any], device_id: str) -> Response:
    """Send a command: at once when the device is connected and listens, else as soon as it does."""
    command = send_command(_own(device_id), new_command(body, me().email))
    return answer(command_json(command), 201, headers={"Location": f"/api{_path_of(command)}"})


@endpoint(
    blueprint, "GET", PATH, query=CommandListSchema, returns=CommandPageSchema(), errors=(404,)
)
def list_commands(query: dict[str, Any], device_id: str) -> Response:
    """List the commands of a device, newest first; one is kept for 30 days after it has ended."""
    page, per_page = query["page"], query["per_page"]
    db, device = deps().db, str(_own(device_id)["_id"])
    items, total = commands.page(db, device, state=query["state"], page=page, per_page=per_page)
    body = {
        "items": [command_json(command) for command in items],
        "first_open": commands.first_open(db, device),
        "total": total,
        "page": page,
        "per_page": per_page,
    }
    return answer(body)


@endpoint(blueprint, "GET", f"{PATH}/<int:number>", returns=CommandSchema(), errors=(404,))
def show_command(device_id: str, number: int) -> Response:
    """Return one command."""
    command = commands.get(deps().db, str(_own(device_id)["_id"]), number)
    if command is None:
        raise NotFoundError(f"the device has no command {number}")
    return answer(command_json(command))


@endpoint(blueprint, "DELETE", f"{PATH}/<int:number>", returns=CommandSchema(), errors=(404, 409))
def cancel_command(device_id: str, number: int) -> Response:
    """Cancel a command that has not ended; the device may have got it already."""
    return answer(command_json(cancel(_own(device_id), number)))


def _own(device_id: str) -> DeviceDocument:
    return devices.find(deps().db, device_id, owner=me().user_id)


def _path_of(command: CommandDocument) -> str:
    return f"/devices/{command['device']}/commands/{command['number']}"
