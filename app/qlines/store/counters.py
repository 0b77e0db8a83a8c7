"""Counts that outlive the program that counts, in MongoDB: how often something happened, ever.

A repetition after a kill may count a few messages twice: these are for people to look at, and
nothing is decided by them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pymongo import UpdateOne
from pymongo.database import Database

from qlines.clients.mongodb import raising_unavailable
from qlines.store import bulk

REJECTED_PREFIX = "rejected/"  # a device's id follows
UNLISTED = "unregistered_unlisted"  # sightings beyond the list's limit, counted together


def add(db: Database[dict[str, Any]], increments: Mapping[str, int]) -> None:
    """Add to each counter, starting at 0."""
    bulk.update(
        db.counters,
        [
            UpdateOne({"_id": name}, {"$inc": {"count": number}}, upsert=True)
            for name, number in increments.items()
            if number
        ],
    )


def read(db: Database[dict[str, Any]], names: Iterable[str]) -> dict[str, int]:
    """Return the counters of these names; one that never counted is 0."""
    names = list(names)
    with raising_unavailable():
        found = {one["_id"]: int(one["count"]) for one in db.counters.find({"_id": {"$in": names}})}
    return {name: found.get(name, 0) for name in names}


def rejected_of_device(db: Database[dict[str, Any]], device: str) -> int:
    """Return how many messages of this device could not be stored as they were."""
    name = REJECTED_PREFIX + device
    return read(db, [name])[name]
