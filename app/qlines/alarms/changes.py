"""Follow what people and devices change in MongoDB, as far as it matters to the evaluator.

A change stream and no poll: devices, attributes and presence have no time of change to ask for, and
reading 10,000 devices each second would cost a fifth of a core. It says only what has changed; what
it is now is read afterwards, once for many changes.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from bson import ObjectId
from pymongo.errors import OperationFailure

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.errors import QLinesError
from qlines.store import gateway_devices, owner_attributes

AWAIT_MS = 10  # how long a request waits for an event
MAX_EVENTS = 10_000  # of one look
ATTRIBUTES = frozenset({"attributes", *owner_attributes.COLLECTIONS.values()})
PRESENCE = "presence"  # what the names of its collections begin with
WATCHED = ("alarm_rules", "devices", gateway_devices.COLLECTION, *sorted(ATTRIBUTES))


class MissedError(QLinesError):
    """MongoDB no longer has all changes: everything has to be read again."""


class Changes(NamedTuple):
    """What has changed: rules at all, devices by id, and alarms that have ended by id."""

    rules: bool = False
    devices: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    presence: frozenset[str] = frozenset()
    gateways: frozenset[str] = frozenset()
    ended: frozenset[ObjectId] = frozenset()


class ChangeFollower:
    """Follows from the moment at which it is made; raise StoreUnavailableError in an outage."""

    def __init__(self, db: Documents) -> None:
        with raising_unavailable():
            self._stream = db.watch(pipeline(), max_await_time_ms=AWAIT_MS)

    def read(self) -> Changes:
        """Return what has changed since the last call; raise MissedError when nobody knows."""
        found: list[Mapping[str, Any]] = []
        try:
            with raising_unavailable():
                while len(found) < MAX_EVENTS and (event := self._stream.try_next()) is not None:
                    found.append(event)
        except OperationFailure as error:
            raise MissedError(f"the change stream broke: {error}") from error
        return changes_of(found)

    def close(self) -> None:
        """End the stream."""
        self._stream.close()


def pipeline() -> list[Document]:
    """Return what the server filters by; our own notes at rules are no changes of them."""
    of_collections = {"ns.coll": {"$in": list(WATCHED)}}
    of_presence = {"ns.coll": {"$regex": f"^{PRESENCE}"}}
    of_ends = {"ns.coll": "alarms", "updateDescription.updatedFields.active": False}
    return [
        {
            "$match": {
                "$or": [of_collections, of_presence, of_ends],
                "updateDescription.updatedFields.evaluated_at": {"$exists": False},
            }
        },
        {"$project": {"operationType": 1, "ns": 1, "documentKey": 1}},
    ]


def changes_of(events: Iterable[Mapping[str, Any]]) -> Changes:
    """Return what events of that stream say; raise MissedError for one of a whole collection."""
    by_kind: dict[str, set[Any]] = defaultdict(set)
    for event in events:
        if "documentKey" not in event:
            raise MissedError(f"a collection had the event {event['operationType']!r}")
        by_kind[_kind(event["ns"]["coll"])].add(event["documentKey"]["_id"])
    return Changes(
        bool(by_kind["alarm_rules"]),
        _ids(by_kind["devices"]),
        _ids(by_kind["attributes"]),
        _ids(by_kind[PRESENCE]),
        _ids(by_kind[gateway_devices.COLLECTION]),
        frozenset(by_kind["alarms"]),
    )


def _kind(collection: str) -> str:
    if collection in ATTRIBUTES:
        return "attributes"
    return PRESENCE if collection.startswith(PRESENCE) else collection


def _ids(found: Iterable[Any]) -> frozenset[str]:
    return frozenset(map(str, found))
