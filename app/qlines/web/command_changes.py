"""Send, cancel and delete commands for the person of the current request, with the audit line."""

from contextlib import suppress

from qlines.clock import utc_datetime
from qlines.errors import ConflictError
from qlines.store import commands
from qlines.store.command_document import CommandDocument, NewCommand
from qlines.store.command_document import named as command_named
from qlines.store.device_document import DeviceDocument, named
from qlines.web.audit import noted
from qlines.web.auth.identity import me
from qlines.web.deps import deps


def send_command(device: DeviceDocument, new: NewCommand) -> CommandDocument:
    """Add a command to a device of the person and return it, or the stored one with the same key.

    Raise FieldError for a bad field, ConflictError when too many are open.
    """
    stored = commands.with_key(deps().db, device["_id"], new.key)
    return stored or _add(device, new)


def cancel_command(device: DeviceDocument, number: int) -> CommandDocument:
    """Let an open command fail, and return it.

    Raise NotFoundError when there is no such command, ConflictError when it has ended.
    """
    now = utc_datetime(deps().clock.now_us())
    command = commands.cancel(deps().db, str(device["_id"]), number, me().email, now)
    noted(f"cancelled {command_named(command)} to {named(device)}")
    return command


def delete_command(device: DeviceDocument, command: CommandDocument) -> None:
    """Delete a command; an open one is cancelled first, for others may wait for its end."""
    now = utc_datetime(deps().clock.now_us())
    with suppress(ConflictError):  # it has ended
        commands.cancel(deps().db, str(device["_id"]), command["number"], me().email, now)
    commands.remove(deps().db, str(device["_id"]), command["number"])
    noted(f"deleted {command_named(command)} to {named(device)}")


def _add(device: DeviceDocument, new: NewCommand) -> CommandDocument:
    now = utc_datetime(deps().clock.now_us())
    in_order = device.get("commands_in_order", False)
    command = commands.add(deps().db, str(device["_id"]), new, now, in_order=in_order)
    noted(f"sent {command_named(command)} to {named(device)}")
    return command
