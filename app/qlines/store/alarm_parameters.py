"""The attributes of devices that alarm rules take their limits from."""

from collections.abc import Iterable, Sequence
from typing import Any

from bson import ObjectId

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.store.attributes import decoded
from qlines.store.owner_attributes import COLLECTIONS

# Where an attribute is looked for: what the owner notes counts more than what the device says.
SOURCES = ((COLLECTIONS["server"], "values"), (COLLECTIONS["shared"], "values"),
           ("attributes", "client"))  # fmt: skip


@raising_unavailable()
def of_devices(
    db: Documents, devices: Iterable[str], names: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """Return the attributes with these names by device id; a device without any is absent."""
    ids: Sequence[ObjectId] = [ObjectId(device) for device in devices]
    wanted = frozenset(names)
    found: dict[str, dict[str, Any]] = {}
    if not ids or not wanted:
        return found
    for collection, field in SOURCES:
        for document in db[collection].find({"_id": {"$in": ids}}, {field: 1}):
            for entry in document.get(field, []):
                if entry["key"] in wanted:
                    values = found.setdefault(str(document["_id"]), {})
                    values.setdefault(entry["key"], decoded(entry))
    return found
