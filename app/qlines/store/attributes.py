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
    """The latest value of a key, when it was sent last, and since when it is this value.

    Both times are milliseconds since 1970. A device that repeats a value does not change it.
    """

    ts_ms: int
    value: Value
    since_ms: int


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
    return {entry["key"]: _attribute(entry) for entry in entries}


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


def _attribute(entry: Document) -> Attribute:
    """Return a stored entry; one of before there was *since* has the time of its last message."""
    ts_ms = int(entry["ts"])
    return Attribute(ts_ms, decoded(entry), int(entry.get("since", ts_ms)))


def _merge_pipeline(new: list[Document]) -> list[Document]:
    """Return the update, which the server runs: an expression over the stored entries.

    1. Remove the stored entries that a new one replaces: same key, and at least as recent.
    2. Append the new entries for whose key no later one is stored, each with *since*: the time of
       the entry that it replaces when that has the same value, else its own.
    3. Retain the last MAX_KEYS.

    $literal prevents that a text with a leading dollar sign is evaluated as an expression.
    """
    added = {"$literal": new}
    stored = {"$ifNull": ["$client", []]}
    has_same_key = {"$eq": ["$$n.key", "$$o.key"]}
    replaces = {"$and": [has_same_key, {"$gte": ["$$n.ts", "$$o.ts"]}]}
    is_replaced = {"$anyElementTrue": {"$map": {"input": added, "as": "n", "in": replaces}}}
    retained = {"$filter": {"input": stored, "as": "o", "cond": {"$not": is_replaced}}}
    is_later = {"$and": [has_same_key, {"$gt": ["$$o.ts", "$$n.ts"]}]}
    is_outdated = {"$anyElementTrue": {"$map": {"input": stored, "as": "o", "in": is_later}}}
    recent = {"$filter": {"input": added, "as": "n", "cond": {"$not": is_outdated}}}
    repeats = {"$and": [has_same_key, _same("value"), _same("json")]}
    repeated = {"$filter": {"input": stored, "as": "o", "cond": repeats}}
    since = {"$map": {"input": repeated, "as": "r", "in": {"$ifNull": ["$$r.since", "$$r.ts"]}}}
    dated = {"$mergeObjects": ["$$n", {"since": {"$ifNull": [{"$first": since}, "$$n.ts"]}}]}
    dated_ones = {"$map": {"input": recent, "as": "n", "in": dated}}
    return [
        {"$set": {"client": {"$slice": [{"$concatArrays": [retained, dated_ones]}, -MAX_KEYS]}}}
    ]


def _same(field: str) -> Document:
    """Return the expression for "both entries have the same in this field, or neither has it"."""
    return {"$eq": [{"$ifNull": [f"$${name}.{field}", None]} for name in ("n", "o")]}
