"""Which MQTT client connected where last: the collection ``arrivals``, of twins and of nodes.

The rule: two connections are of one client when their tokens belong to the same device and they
have the same client id. By the same rule a broker lets the later of two connections end the
earlier, and ``device id/client id`` is how it names a client. So a device may have several
connections with either side, such as those of a gateway, as long as their client ids differ; when a
client connects to one side, what the other side still has of it is closed there.

The last arrival is the one that MongoDB got last, since clocks may be seconds apart. One that is
older than the known one by more than that was noted late, and counts for nothing.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from pymongo import UpdateOne

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.clock import epoch_us, utc_datetime
from qlines.store import bulk

MAX_APART_US = 10_000_000  # of the clocks of two sides
# Long enough for the other side to read it; most clients choose a new id for each connection.
KEPT = timedelta(minutes=10)


class Arrival(NamedTuple):
    """A client connected *at_us* on the clock of its side; MongoDB got it at *noted_at*."""

    client: str
    at_us: int
    noted_at: datetime


def note(db: Documents, arrivals: Mapping[str, int], side: str) -> None:
    """Store when each client connected to the broker of *side*, microseconds since 1970."""
    updates = [
        UpdateOne(
            {"_id": client, "at": {"$lte": utc_datetime(at_us + MAX_APART_US)}},
            {
                "$set": {"side": side, "at": utc_datetime(at_us)},
                # The server's clock: the reader asks for what came since its last question.
                "$currentDate": {"noted_at": True},
            },
            upsert=True,
        )
        for client, at_us in arrivals.items()
    ]
    # One that is too old does not match the newer document, so its upsert collides with it.
    bulk.update(db.arrivals, updates, harmless=frozenset({bulk.DUPLICATE_KEY}))


@raising_unavailable()
def since(db: Documents, side: str, after: datetime) -> list[Arrival]:
    """Return the clients whose last arrival was not at *side*, and noted after that moment."""
    found = db.arrivals.find({"side": {"$ne": side}, "noted_at": {"$gt": after}})
    return [Arrival(one["_id"], epoch_us(one["at"]), one["noted_at"]) for one in found]
