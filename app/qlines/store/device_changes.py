"""Which changes in MongoDB concern the page of a device: its commands and its attributes; pure.

From whichever web app, broker and VM they came, all of them are events of one change stream.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from bson import ObjectId

from qlines.clients.mongodb import Document
from qlines.store import owner_attributes
from qlines.store.command_document import device_of, ids_of_device

What = Literal["commands", "attributes"]

COMMANDS = "commands"
ATTRIBUTES = ("attributes", *owner_attributes.COLLECTIONS.values())


class DeviceChange(NamedTuple):
    """What of a device has changed; how, its page asks the API."""

    device: str
    what: What


def changes_of(devices: Iterable[str]) -> list[Document]:
    """Return the pipeline of a change stream of these devices' changes only.

    The server filters by the ids of the documents, so others' changes cost this program nothing,
    and events of removals are among them.
    """
    ids = sorted(devices)
    of_commands = [{"documentKey._id": ids_of_device(device)} for device in ids]
    of_attributes = {
        "ns.coll": {"$in": list(ATTRIBUTES)},
        "documentKey._id": {"$in": [ObjectId(device) for device in ids]},
    }
    return [
        {"$match": {"$or": [{"ns.coll": COMMANDS, "$or": of_commands}, of_attributes]}},
        {"$project": {"ns": 1, "documentKey": 1}},
    ]


def change_in(event: Mapping[str, Any]) -> DeviceChange:
    """Return what an event of that stream says."""
    key = event["documentKey"]["_id"]
    if event["ns"]["coll"] == COMMANDS:
        return DeviceChange(device_of(key), "commands")
    return DeviceChange(str(key), "attributes")
