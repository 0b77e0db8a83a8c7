"""What people press to send commands: the collection ``controls``.

A control belongs to one device, or to a tag: then each device of the owner with it has it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NotRequired, TypedDict, cast

import orjson
from bson import ObjectId
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.errors import ConflictError, NotFoundError
from qlines.store.control_parameters import Parameter
from qlines.store.control_rules import ControlDefinition, checked_control
from qlines.store.device_document import DeviceDocument
from qlines.store.ids import object_id

MAX_CONTROLS = 50  # of a device, and of a tag


class ControlDocument(TypedDict):
    """A control as MongoDB stores it; either *device* or *tag* is None."""

    _id: ObjectId
    owner: ObjectId
    device: ObjectId | None
    tag: str | None
    order: int
    label: str
    method: str
    kind: str
    parameters: list[Parameter]
    params: str
    ask_first: bool
    one_way: bool
    expires_in_seconds: int
    reported_key: NotRequired[str]


class Place(NamedTuple):
    """Where a control is: on one device, or on each one with a tag; the other is None."""

    device: ObjectId | None
    tag: str | None


@raising_unavailable()
def add(
    db: Documents, owner: ObjectId, place: Place, definition: ControlDefinition
) -> ControlDocument:
    """Add a control behind all others of the owner; raise ConflictError when there are too many."""
    _check_room(db, owner, place)
    last = _collection(db).find_one({"owner": owner}, sort=[("order", -1)])
    order = last["order"] + 1 if last else 0
    document = cast(
        "ControlDocument",
        {
            "_id": ObjectId(), "owner": owner, **place._asdict(), "order": order,
            **definition._asdict(),
        },
    )  # fmt: skip
    _collection(db).insert_one(document)
    return document


def _check_room(db: Documents, owner: ObjectId, place: Place) -> None:
    query: Document = {"owner": owner, **place._asdict()}
    if _collection(db).count_documents(query, limit=MAX_CONTROLS) >= MAX_CONTROLS:
        where = "the device has" if place.device else f"the tag {place.tag!r} has"
        raise ConflictError(f"{where} {MAX_CONTROLS} controls, which is the limit: remove one")


@raising_unavailable()
def of_device(db: Documents, device: DeviceDocument) -> list[ControlDocument]:
    """Return the controls of the device and those of its tags, in their order."""
    places: list[Document] = [{"device": device["_id"]}, {"tag": {"$in": device["tags"]}}]
    return _sorted(db, {"owner": device["owner"], "$or": places})


@raising_unavailable()
def of_tag(db: Documents, owner: ObjectId, tag: str) -> list[ControlDocument]:
    """Return the owner's controls of a tag, in their order."""
    return _sorted(db, {"owner": owner, "tag": tag})


def _sorted(db: Documents, query: Document) -> list[ControlDocument]:
    return list(_collection(db).find(query).sort([("order", 1), ("_id", 1)]))


@raising_unavailable()
def find(db: Documents, control_id: str, *, owner: ObjectId) -> ControlDocument:
    """Return the control; raise NotFoundError when it does not exist or is not *owner*'s."""
    found = _collection(db).find_one({"_id": object_id(control_id), "owner": owner})
    if found is None:
        raise NotFoundError(f"there is no control {control_id}")
    return found


@raising_unavailable()
def change(
    db: Documents, before: ControlDocument, fields: Mapping[str, Any], place: Place | None = None
) -> ControlDocument:
    """Give a control other *fields*, its *order*, or another place; return it after the change.

    What is not given stays, also as somebody else has just changed it. Raise FieldError when it
    would no longer be a valid control, ConflictError when there are too many at its new place,
    NotFoundError when it is gone.
    """
    while True:
        changed = _changed(before, fields)
        if place is not None and place != Place(before["device"], before["tag"]):
            _check_room(db, before["owner"], place)
            changed |= place._asdict()
        if not changed:
            return before
        after = _collection(db).find_one_and_update(
            {"_id": before["_id"], "owner": before["owner"], **_defined(before)},
            {"$set": changed},
            return_document=ReturnDocument.AFTER,
        )
        if after is not None:
            return after
        before = find(db, str(before["_id"]), owner=before["owner"])


def _changed(before: ControlDocument, fields: Mapping[str, Any]) -> Document:
    """Return the fields whose values are others then; raise FieldError."""
    definition = checked_control({**given(before), **fields})
    after = {**definition._asdict(), "order": fields.get("order", before["order"])}
    old = cast("Mapping[str, Any]", before)
    return {name: value for name, value in after.items() if old.get(name) != value}


def _defined(control: ControlDocument) -> Document:
    """Return what the control is, as its document has it: its parts are valid together only."""
    fields = cast("Mapping[str, Any]", control)
    return {name: fields.get(name) for name in ControlDefinition._fields}


@raising_unavailable()
def remove(db: Documents, control: ControlDocument) -> None:
    """Delete the control."""
    _collection(db).delete_one({"_id": control["_id"], "owner": control["owner"]})


@raising_unavailable()
def remove_of_devices(db: Documents, devices: Sequence[ObjectId]) -> None:
    """Delete the controls of devices that are removed; those of their tags stay."""
    _collection(db).delete_many({"device": {"$in": list(devices)}})


def give_in_session(
    db: Documents, session: ClientSession, device: ObjectId, owner: ObjectId
) -> None:
    """Give the controls of a device to its new owner; those of its tags stay with the old one."""
    change = {"$set": {"owner": owner}}
    _collection(db).update_many({"device": device}, change, session=session)


def definition_of(control: ControlDocument) -> ControlDefinition:
    """Return what the control is, without where."""
    # A control of before it could report where it stands has no key for that.
    fields = {"reported_key": "", **cast("Mapping[str, Any]", control)}
    return ControlDefinition(*(fields[name] for name in ControlDefinition._fields))


def given(control: ControlDocument) -> dict[str, Any]:
    """Return the definition as checked_control() takes it, and the API returns it."""
    definition = definition_of(control)
    return {**definition._asdict(), "params": orjson.loads(definition.params)}


def _collection(db: Documents) -> Collection[ControlDocument]:
    return cast("Collection[ControlDocument]", db.controls)
