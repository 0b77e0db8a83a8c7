"""The attributes of devices that rules name: a server, else a shared, else a client attribute."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from bson import ObjectId

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.reading import Value
from qlines.store.attributes import decoded
from qlines.store.owner_attributes import COLLECTIONS

# Each one's values replace those of the one before.
SOURCES = (
    ("attributes", "client"), (COLLECTIONS["shared"], "values"), (COLLECTIONS["server"], "values"),
)  # fmt: skip
DEVICES_AT_A_TIME = 500  # whose documents, of a thousand keys each, are in memory


@raising_unavailable()
def of_devices(
    db: Documents, devices: Sequence[ObjectId], names: Collection[str]
) -> dict[ObjectId, dict[str, Value]]:
    """Return the attributes with these names by device; one without any is absent."""
    found: dict[ObjectId, dict[str, Value]] = {}
    if not names:
        return found
    for start in range(0, len(devices), DEVICES_AT_A_TIME):
        query = {"_id": {"$in": list(devices[start : start + DEVICES_AT_A_TIME])}}
        for collection, field in SOURCES:
            for document in db[collection].find(query, {field: 1}):
                values = _named(document.get(field, ()), names)
                if values:
                    found.setdefault(document["_id"], {}).update(values)
    return found


def _named(entries: Iterable[Document], names: Collection[str]) -> dict[str, Any]:
    return {entry["key"]: decoded(entry) for entry in entries if entry["key"] in names}
