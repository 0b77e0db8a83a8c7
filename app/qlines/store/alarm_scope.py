"""Which devices a rule is about: one, those with a tag, those of a product, or all of its owner."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict

from bson import ObjectId
from pymongo.collection import Collection

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.errors import FieldError
from qlines.store.device_document import BY_NAME, DeviceDocument, device_collection
from qlines.store.ids import object_id


class Scope(TypedDict):
    """The device, tag or product by *value*, an id or the tag; "all" has no value."""

    type: Literal["device", "tag", "product", "all"]
    value: NotRequired[str]


def query_of(owner: ObjectId, scope: Scope) -> Document:
    """Return the query for the devices of a rule of *owner*; pure."""
    of_owner: Document = {"owner": owner}
    match scope["type"]:
        case "device":
            return {**of_owner, "_id": object_id(scope["value"])}
        case "tag":
            return {**of_owner, "tags": scope["value"]}
        case "product":
            return {**of_owner, "product": object_id(scope["value"])}
        case "all":
            return of_owner


@raising_unavailable()
def devices_of(db: Documents, owner: ObjectId, scope: Scope) -> list[DeviceDocument]:
    """Return the devices in the scope by name, each with its id, name, owner, tags and product."""
    fields = {"name": 1, "owner": 1, "tags": 1, "product": 1}
    found = device_collection(db).find(query_of(owner, scope), fields)
    return list(found.sort("name").collation(BY_NAME))


@raising_unavailable()
def names_of(db: Documents, owner: ObjectId, scopes: Sequence[Scope]) -> list[str | None]:
    """Return what people call each scope: a device's or product's name, or the tag; "" for all.

    None where the device or the product does not exist, or is not the owner's (any longer).
    """
    names: dict[str, dict[str, str]] = {
        kind: _named(db[collection], owner, kind, scopes)
        for kind, collection in (("device", "devices"), ("product", "products"))
    }
    return [
        names[scope["type"]].get(scope["value"])
        if scope["type"] in names
        else scope.get("value", "")
        for scope in scopes
    ]


def _named(
    collection: Collection[Any], owner: ObjectId, kind: str, scopes: Sequence[Scope]
) -> dict[str, str]:
    texts = {scope["value"] for scope in scopes if scope["type"] == kind}
    ids = [ObjectId(text) for text in texts if ObjectId.is_valid(text)]
    if not ids:
        return {}
    found = collection.find({"_id": {"$in": ids}, "owner": owner}, {"name": 1})
    return {str(one["_id"]): one["name"] for one in found}


def check(db: Documents, owner: ObjectId, scope: Mapping[str, Any]) -> None:
    """Raise FieldError when the scope's device or product is not one of the owner's."""
    checked: Scope = {**scope}  # type: ignore[typeddict-item] # rule_check has checked its fields
    if names_of(db, owner, [checked]) == [None]:
        raise FieldError(
            "scope.value",
            f"must be the id of one of your {checked['type']}s, got {checked['value'][:50]!r}",
        )
