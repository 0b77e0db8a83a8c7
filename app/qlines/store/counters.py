"""Counters that survive restarts, in MongoDB's ``counters``.

A replay after a kill may count a few messages twice: they are for people to read, and no decision
depends on them.
"""

from collections.abc import Mapping

from pymongo import UpdateOne

from qlines.clients.mongodb import Documents
from qlines.store import bulk

REJECTED_PREFIX = "rejected/"  # a device's id follows
UNLISTED = "unregistered_unlisted"  # sightings beyond the list's limit, counted together


def add(db: Documents, increments: Mapping[str, int]) -> None:
    """Add to each counter, starting at 0."""
    bulk.update(
        db.counters,
        [
            UpdateOne({"_id": name}, {"$inc": {"count": number}}, upsert=True)
            for name, number in increments.items()
            if number
        ],
    )
