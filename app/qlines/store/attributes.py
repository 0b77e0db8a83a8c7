"""Client attributes: the latest value of each key that a device sent, in MongoDB."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson
from bson import ObjectId
from pymongo import UpdateOne

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.reading import Value
from qlines.store import bulk

# A device that sends ever new keys must not exceed MongoDB's 16 MiB per document.
MAX_KEYS = 1_000


class Attribute(NamedTuple):
    """The latest value of a key; *ts_ms* is milliseconds since 1970."""

    ts_ms: int
    value: Value


def merge(db: Documents, updates: Iterable[tuple[str, str, int, Value]]) -> None:
    """Store attributes given as (device id, key, milliseconds since 1970, value); idempotent.

    A value that is older than the stored one changes nothing. Of a device with more than 1,000
    keys, the ones that changed last are retained.
    """
    by_device: dict[str, dict[str, Document]] = defaultdict(dict)
    for device, key, ts_ms, value in updates:
        by_device[device][key] = {"key": key, "ts": ts_ms, **encoded(value)}
    bulk.update(
        db.attributes,
        [
            UpdateOne({"_id": ObjectId(device)}, _merge_pipeline(list(new.values())), upsert=True)
            for device, new in by_device.items()
        ],
    )


@raising_unavailable()
def of_device(db: Documents, device: str) -> dict[str, Attribute]:
    """Return the device's attributes by key, sorted by key."""
    document = db.attributes.find_one({"_id": ObjectId(device)}) or {}
    entries = sorted(document.get("client", []), key=lambda entry: str(entry["key"]))
    return {entry["key"]: Attribute(int(entry["ts"]), decoded(entry)) for entry in entries}


@raising_unavailable()
def delete_keys(db: Documents, device: str, keys: Sequence[str]) -> list[str]:
    """Delete the attributes with these keys, and return the keys of those that there were.

    A device that sends a key again has it again.
    """
    stored = of_device(db, device)
    entries = {"client": {"key": {"$in": list(keys)}}}
    db.attributes.update_one({"_id": ObjectId(device)}, {"$pull": entries})
    return [key for key in dict.fromkeys(keys) if key in stored]


def encoded(value: Value) -> Document:
    """Return the stored fields; a nested value becomes JSON text, for MongoDB refuses some keys."""
    if type(value) is dict or type(value) is list:
        return {"value": orjson.dumps(value).decode(), "json": True}
    return {"value": value}


def decoded(entry: Document) -> Value:
    """Return the value of an entry with the fields of encoded()."""
    value: Value = orjson.loads(entry["value"]) if entry.get("json") else entry["value"]
    return value


def _merge_pipeline(new: list[Document]) -> list[Document]:
    """Return the update, which the server runs in two steps.

    1. Remove the stored entries that a new one replaces: same key, and at least as recent.
    2. Append the new entries whose key is not stored any more, and retain the last MAX_KEYS.

    $literal prevents that a text with a leading dollar sign is evaluated as an expression.
    """
    added = {"$literal": new}
    stored = {"$ifNull": ["$client", []]}
    replaces = {"$and": [{"$eq": ["$$n.key", "$$o.key"]}, {"$gte": ["$$n.ts", "$$o.ts"]}]}
    is_replaced = {"$anyElementTrue": {"$map": {"input": added, "as": "n", "in": replaces}}}
    retained = {"$filter": {"input": stored, "as": "o", "cond": {"$not": is_replaced}}}
    recent = {
        "$filter": {
            "input": added,
            "as": "n",
            "cond": {"$not": {"$in": ["$$n.key", "$client.key"]}},
        }
    }
    return [
        {"$set": {"client": retained}},
        {"$set": {"client": {"$slice": [{"$concatArrays": ["$client", recent]}, -MAX_KEYS]}}},
    ]
