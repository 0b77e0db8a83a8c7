"""Hold what MongoDB is to be told until it was told; the newest of each, so that it stays small.

Pure but for flush(). Telemetry never waits for MongoDB. What waits here outlives this process in
the state file (see ``state_file``), because attributes were acknowledged to their devices.
"""

from collections import Counter, deque
from collections.abc import Iterable
from typing import Any

from pymongo.database import Database

from qlines.ingest.batch import Attribute, Batch, Seen
from qlines.ingest.connections import Restart
from qlines.store import attributes, counters, presence, rejected, unregistered
from qlines.store.presence import Change
from qlines.store.rejected import Rejected
from qlines.store.unregistered import Sighting

# Each is acknowledged data, so beyond this ingest waits as well and the spool grows.
MOST_ATTRIBUTES = 200_000
MOST_NAMES = 10_000  # of unregistered devices; the rest is counted together
MOST_DEVICES_WITH_REJECTED = 10_000


class Waiting:
    """What MongoDB has not been told yet."""

    def __init__(self) -> None:
        self._attributes: dict[tuple[str, str], Attribute] = {}
        self._presence: dict[str, Change] = {}
        self._restarted_us = 0
        self._rejected: dict[str, deque[Rejected]] = {}
        self._sightings: dict[str, Sighting] = {}
        self._counts: Counter[str] = Counter()

    def add(self, batch: Batch, changes: Iterable[Change | Restart]) -> None:
        """Take in a batch whose readings are in Kafka, and what its connection events changed."""
        for attribute in batch.attributes:
            self._attributes[attribute.device, attribute.key] = attribute
        for change in changes:
            if isinstance(change, Restart):
                self._restarted_us = change.time_us
                self._presence.clear()
            else:
                self._presence[change.device] = change
        for item in batch.rejected:
            self._add_rejected(item)
        for seen in batch.seen:
            self._add_seen(seen)

    def __bool__(self) -> bool:
        """Tell whether anything waits."""
        return bool(
            self._attributes
            or self._presence
            or self._restarted_us
            or self._rejected
            or self._sightings
            or self._counts
        )

    @property
    def is_full(self) -> bool:
        """Tell whether nothing more may be taken in until MongoDB answers."""
        return len(self._attributes) >= MOST_ATTRIBUTES

    @property
    def names(self) -> list[str]:
        """Return the ids of the unregistered devices that wait to be recorded."""
        return list(self._sightings)

    def flush(self, db: Database[dict[str, Any]]) -> None:
        """Tell MongoDB, and forget each part as soon as it is there.

        What was told twice, because this was interrupted, changes nothing but counts.
        """
        if self._restarted_us:
            presence.disconnect_all(db, self._restarted_us)
            self._restarted_us = 0
        presence.write(db, self._presence.values())
        self._presence.clear()
        attributes.merge(db, self._attributes.values())
        self._attributes.clear()
        rejected.add(db, [item for items in self._rejected.values() for item in items])
        self._rejected.clear()
        unregistered.note(db, self._sightings.values())
        self._sightings.clear()
        counters.add(db, self._counts)
        self._counts.clear()

    def to_json(self) -> dict[str, Any]:
        """Return all of it, for the file that outlives this process."""
        return {
            "attributes": list(self._attributes.values()),
            "presence": list(self._presence.values()),
            "restarted_us": self._restarted_us,
            "rejected": [item for items in self._rejected.values() for item in items],
            "sightings": list(self._sightings.values()),
            "counts": self._counts,
        }

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> "Waiting":
        """Return what to_json() described."""
        waiting = cls()
        waiting._restarted_us = int(state["restarted_us"])
        for attribute in map(Attribute._make, state["attributes"]):
            waiting._attributes[attribute.device, attribute.key] = attribute
        for change in map(Change._make, state["presence"]):
            waiting._presence[change.device] = change
        for item in map(Rejected._make, state["rejected"]):
            waiting._rejected.setdefault(item.device, deque(maxlen=rejected.KEPT)).append(item)
        for sighting in map(Sighting._make, state["sightings"]):
            waiting._sightings[sighting.id] = sighting
        waiting._counts.update(state["counts"])
        return waiting

    def _add_rejected(self, item: Rejected) -> None:
        self._counts[counters.REJECTED_PREFIX + item.device] += 1
        items = self._rejected.get(item.device)
        if items is None:
            if len(self._rejected) >= MOST_DEVICES_WITH_REJECTED:
                return
            items = self._rejected[item.device] = deque(maxlen=rejected.KEPT)
        items.append(item)

    def _add_seen(self, seen: Seen) -> None:
        new = Sighting(seen.source, seen.name, seen.time_us, seen.time_us, 1, seen.sample)
        known = self._sightings.get(new.id)
        if known is not None:
            self._sightings[new.id] = known._replace(
                last_us=max(known.last_us, seen.time_us),
                times=known.times + 1,
                sample=seen.sample or known.sample,
            )
        elif len(self._sightings) < MOST_NAMES:
            self._sightings[new.id] = new
        else:
            self._counts[counters.UNLISTED] += 1
