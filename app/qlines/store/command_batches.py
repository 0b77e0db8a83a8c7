"""One command to many devices, and the states of many commands."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.errors import ConflictError, NotFoundError
from qlines.store import commands, devices
from qlines.store.command_document import (
    CommandDocument,
    NewCommand,
    checked_method,
    command_collection,
)
from qlines.store.device_document import DeviceDocument
from qlines.store.devices import Id


class Outcome(NamedTuple):
    """What became of the command for one device: its number, or the reason why it was not added."""

    device: str
    number: int | None
    error: str


class Batch(NamedTuple):
    """The devices to which the command was added, and the outcome for each that was given."""

    added_to: list[DeviceDocument]
    outcomes: list[Outcome]


def add_all(
    db: Documents, owner: Id, device_ids: Sequence[str], new: NewCommand, now: datetime
) -> Batch:
    """Add a command to each of these devices of the owner, for which that is possible.

    With a key, a call that was interrupted can be repeated: no device gets the command twice.
    Raise, with nothing added, FieldError for a bad command and NotFoundError when none of the
    devices exists.
    """
    checked_method(new.method)
    found = {str(device["_id"]): device for device in devices.with_ids(db, owner, device_ids)}
    if not found:
        raise NotFoundError(f"there is no device {device_ids[0]}")
    added_to, outcomes = [], []
    for device_id in dict.fromkeys(device_ids):
        device = found.get(device_id)
        outcome = _add(db, device_id, device, new, now)
        outcomes.append(outcome)
        if device is not None and outcome.number is not None:
            added_to.append(device)
    return Batch(added_to, outcomes)


def _add(
    db: Documents, device_id: str, device: DeviceDocument | None, new: NewCommand, now: datetime
) -> Outcome:
    if device is None:
        return Outcome(device_id, None, f"there is no device {device_id}")
    in_order = device.get("commands_in_order", False)
    try:
        command = commands.add(db, device_id, new, now, in_order=in_order)
    except ConflictError as error:
        return Outcome(device_id, None, str(error))
    return Outcome(device_id, command["number"], "")


@raising_unavailable()
def with_ids(db: Documents, owner: Id, command_ids: Sequence[str]) -> list[CommandDocument]:
    """Return those of these commands that exist and whose devices are the owner's."""
    found = list(command_collection(db).find({"_id": {"$in": list(command_ids)}}))
    own = devices.owned(db, owner, sorted({str(command["device"]) for command in found}))
    return [command for command in found if str(command["device"]) in own]
