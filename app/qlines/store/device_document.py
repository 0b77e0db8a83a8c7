"""The document of a device: the one place that builds it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, NotRequired, TypedDict, cast

from bson import ObjectId
from pymongo.collation import Collation
from pymongo.collection import Collection

from qlines.clients.mongodb import Documents
from qlines.store.device_rules import (
    KeyDisplay,
    checked_name,
    checked_tags,
    checked_token,
    make_token,
)

# "pump 2" before "pump 10", "Zebra" after "apple". The index and the queries that sort share it:
# MongoDB uses an index only for its own collation.
BY_NAME = Collation(locale="en", strength=2, numericOrdering=True)

MAX_NAMED = 200  # devices in one audit line


class OldToken(TypedDict):
    """A token that a new one replaced, and until when it is accepted."""

    token: str
    expires_at: datetime


class ClaimedFrom(TypedDict):
    """Who had a device before it was claimed, and what it was there.

    *by_gateway*: a gateway of that owner speaks for it, under the name that it had there.
    """

    owner: ObjectId
    name: str
    tags: list[str]
    product: ObjectId | None
    at: datetime
    by_gateway: bool


class DeviceDocument(TypedDict):
    """A device as MongoDB stores it; *displays* is missing until its owner sets one.

    *commands_in_order*: its commands are sent one after the other; missing means at once.
    *claimed_from* is there while the one who claimed it has it.
    *product* is missing or None for a device of none, *provisioned_at* missing until it was given
    its token by provisioning. Until *provision_until*, if not None, it may be provisioned again.
    """

    _id: ObjectId
    owner: ObjectId
    name: str
    tags: list[str]
    gateway: bool
    token: str
    old_tokens: list[OldToken]
    created_at: datetime
    displays: NotRequired[list[KeyDisplay]]
    commands_in_order: NotRequired[bool]
    claimed_from: NotRequired[ClaimedFrom]
    product: NotRequired[ObjectId | None]
    provisioned_at: NotRequired[datetime]
    provision_until: NotRequired[datetime | None]


class NewDevice(NamedTuple):
    """What a device is made from; without a token it gets a random one."""

    owner: ObjectId
    name: str
    token: str | None = None
    gateway: bool = False
    tags: Sequence[str] = ()


def device_document(new: NewDevice) -> DeviceDocument:
    """Return the document of a new device; raise FieldError for a bad name, tag or token."""
    device_id = ObjectId()
    return {
        "_id": device_id,
        "owner": new.owner,
        "name": checked_name(new.name),
        "tags": checked_tags(new.tags),
        "gateway": new.gateway,
        "token": make_token() if new.token is None else checked_token(new.token),
        "old_tokens": [],
        "created_at": device_id.generation_time,
    }


def named(device: DeviceDocument) -> str:
    """Return the device as audit lines name it: its name, which may change, and its id."""
    return f"the device {_name_and_id(device)}"


def named_all(devices: Sequence[DeviceDocument]) -> str:
    """Return devices as audit lines name them: how many they are, and each as named() does.

    No more of them are named than can be changed at once.
    """
    if len(devices) == 1:
        return named(devices[0])
    if not devices:
        return "no devices"
    more = len(devices) - MAX_NAMED
    rest = f" and {more:,} more" if more > 0 else ""
    return f"{len(devices)} devices: {', '.join(map(_name_and_id, devices[:MAX_NAMED]))}{rest}"


def changed(before: DeviceDocument, after: DeviceDocument, fields: Iterable[str]) -> str:
    """Return as audit lines say it which fields were changed, and of a name from what to what."""
    others = ", ".join(sorted(set(fields) - {"name"}))
    if before["name"] == after["name"]:
        return f"changed {others or 'nothing'} of {named(after)}"
    renamed = f"renamed {named(before)} to {after['name']!r}"
    return f"{renamed} and changed its {others}" if others else renamed


def _name_and_id(device: DeviceDocument) -> str:
    return f"{device['name']!r} ({device['_id']})"


def device_collection(db: Documents) -> Collection[DeviceDocument]:
    """Return the collection ``devices`` with the type of its documents."""
    return cast("Collection[DeviceDocument]", db.devices)
