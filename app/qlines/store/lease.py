"""Leases: what any node could do, one of them does, and another takes over when it is lost.

The collection ``leases`` has a document for each of these things: who holds it, and until when, by
MongoDB's clock, so that the nodes' clocks may differ.
"""

from contextlib import suppress
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.clock import Clock
from qlines.errors import StoreUnavailableError

LEASE_SECONDS = 15.0
RENEW_SECONDS = 5.0
ASK_AGAIN_SECONDS = 1.0  # who does not hold it
# A holder that could not renew ends its work so long before others may begin.
MARGIN_SECONDS = 3.0


@raising_unavailable()
def take(db: Documents, what: str, node: str) -> str:
    """Take or renew the lease for *node* unless another one holds it; return who holds it now."""
    is_ours = {"$or": [{"$eq": ["$holder", node]}, {"$lte": ["$until", "$$NOW"]}]}
    until = {"$add": ["$$NOW", round(1000 * LEASE_SECONDS)]}
    change = {
        "holder": {"$cond": [is_ours, node, "$holder"]},
        "until": {"$cond": [is_ours, until, "$until"]},
    }
    try:
        lease: Any = db.leases.find_one_and_update(
            {"_id": what}, [{"$set": change}], upsert=True, return_document=ReturnDocument.AFTER
        )
    except DuplicateKeyError:  # two nodes made the document at the same moment
        return take(db, what, node)
    return str(lease["holder"])


class Lease:
    """A node's claim to do *what*: ask `is_held` again and again, and act only while it says so."""

    def __init__(self, db: Documents, what: str, node: str, clock: Clock) -> None:
        self._db = db
        self._what = what
        self._node = node
        self._clock = clock
        self._renew_at = float("-inf")
        self._held_until = float("-inf")
        self.holder = ""  # as it was seen last

    def is_held(self) -> bool:
        """Return whether this node holds it, renewing it when that is due.

        Raise StoreUnavailableError when MongoDB does not answer and the lease is due.
        """
        asked_at = self._clock.monotonic()
        if asked_at >= self._renew_at:
            self.holder = take(self._db, self._what, self._node)
            if self.holder == self._node:
                self._renew_at = asked_at + RENEW_SECONDS
                self._held_until = asked_at + LEASE_SECONDS - MARGIN_SECONDS
            else:
                self._renew_at = asked_at + ASK_AGAIN_SECONDS
                self._held_until = float("-inf")
        return self._clock.monotonic() < self._held_until

    def end(self) -> None:
        """Give it up, so that another node need not wait; if MongoDB is away it ends by itself."""
        with suppress(StoreUnavailableError), raising_unavailable():
            self._db.leases.delete_one({"_id": self._what, "holder": self._node})
        self._renew_at = self._held_until = float("-inf")
