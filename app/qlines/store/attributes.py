"""Client attributes: the latest value of each key that a device sent, in MongoDB."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import orjson
from bson import ObjectId
from pymongo import UpdateOne
from pymongo.database import Database

from qlines.clients.mongodb import raising_unavailable
from qlines.reading import Value
from qlines.store import bulk

# A device that invents key after key must not outgrow MongoDB's 16 MiB a document.
MOST_KEYS = 1_000


def merge(db: Database[dict[str, Any]], updates: Iterable[tuple[str, str, int, Value]]) -> None:
    """Store attributes given as (device id, key, milliseconds since 1970, value).

    A value that is older than the stored one changes nothing, so repetitions are harmless. Of a
    device with more than 1,000 keys, the ones that changed last are kept.
    """
    by_device: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for device, key, ts_ms, value in updates:
        by_device[device][key] = {"key": key, "ts": ts_ms, **_stored(value)}
    bulk.update(
        db.attributes,
        [
            UpdateOne({"_id": ObjectId(device)}, _merging(list(new.values())), upsert=True)
            for device, new in by_device.items()
        ],
    )


def of_device(db: Database[dict[str, Any]], device: str) -> dict[str, tuple[int, Value]]:
    """Return (milliseconds since 1970, value) by key, in the order of the keys."""
    with raising_unavailable():
        found = db.attributes.find_one({"_id": ObjectId(device)}) or {}
    latest = sorted(found.get("client", []), key=lambda entry: str(entry["key"]))
    return {entry["key"]: (int(entry["ts"]), _value_of(entry)) for entry in latest}


def forget(db: Database[dict[str, Any]], device: str) -> None:
    """Delete the attributes of a device that was removed."""
    with raising_unavailable():
        db.attributes.delete_one({"_id": ObjectId(device)})


def _stored(value: Value) -> dict[str, Any]:
    """Nested values are kept as JSON text: MongoDB refuses some keys that JSON allows."""
    if type(value) is dict or type(value) is list:
        return {"value": orjson.dumps(value).decode(), "json": True}
    return {"value": value}


def _value_of(entry: dict[str, Any]) -> Value:
    value: Value = orjson.loads(entry["value"]) if entry.get("json") else entry["value"]
    return value


def _merging(new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the update: old entries that no new one replaces, then the new ones that are younger.

    $literal keeps texts that begin with a dollar sign from being read as expressions.
    """
    added = {"$literal": new}
    old = {"$ifNull": ["$client", []]}
    replaces = {"$and": [{"$eq": ["$$n.key", "$$o.key"]}, {"$gte": ["$$n.ts", "$$o.ts"]}]}
    is_replaced = {"$anyElementTrue": {"$map": {"input": added, "as": "n", "in": replaces}}}
    kept = {"$filter": {"input": old, "as": "o", "cond": {"$not": is_replaced}}}
    young = {
        "$filter": {
            "input": added,
            "as": "n",
            "cond": {"$not": {"$in": ["$$n.key", "$client.key"]}},
        }
    }
    return [
        {"$set": {"client": kept}},
        {"$set": {"client": {"$slice": [{"$concatArrays": ["$client", young]}, -MOST_KEYS]}}},
    ]
