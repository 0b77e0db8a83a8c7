"""Buffer writes to MongoDB, newest value per key, so that the buffer stays small.

Pure but for flush(). Telemetry never waits for MongoDB. The buffer survives a restart in the state
file (``state_file``), because attributes, answers and claims were acknowledged to their devices.
"""

from collections import deque
from collections.abc import Sequence
from itertools import islice
from operator import index
from typing import Any

from qlines.clients.mongodb import Documents
from qlines.ingest.batch import Attribute, Batch, UnregisteredSighting
from qlines.ingest.connections import Restart
from qlines.ingest.pending_answers import PendingAnswers
from qlines.ingest.pending_claims import PendingClaims
from qlines.store import arrivals, attributes, gateway_devices, presence, rejected, unregistered
from qlines.store.claims import Claim
from qlines.store.command_delivery import Answer
from qlines.store.presence import Change
from qlines.store.rejected import Rejected
from qlines.store.unregistered import UnregisteredDevice

# Attributes are acknowledged and must not be dropped: beyond this ingest pauses, the spool grows.
MAX_ATTRIBUTES = 200_000
# One that is not noted leaves a session that ends by its keep-alive.
MAX_ARRIVALS = 20_000
# A flush may take a second, and 1,000 of them take 0.3 s.
ARRIVALS_PER_FLUSH = 500
MAX_UNREGISTERED_DEVICES = 10_000  # further ones are only in the counters of /metrics
MAX_DEVICES_WITH_REJECTIONS = 10_000


class PendingWrites:
    """What MongoDB does not have yet."""

    def __init__(self) -> None:
        self._attributes: dict[tuple[str, str], Attribute] = {}
        self._answers = PendingAnswers()
        self._claims = PendingClaims()
        self._gateways: dict[str, str] = {}
        self._known_gateways: dict[str, str] = {}  # what MongoDB has, as far as it is known
        self._presence: dict[str, Change] = {}
        self._restarted_us = 0
        self._arrivals: dict[str, int] = {}
        self._rejected: dict[str, deque[Rejected]] = {}
        self._unregistered: dict[str, UnregisteredDevice] = {}
        self.revision = 0  # rises whenever something is added

    def add(self, batch: Batch, changes: Sequence[Change | Restart]) -> None:
        """Add a batch whose readings are in Kafka, and the changes of presence it caused."""
        parts = (
            batch.arrivals, batch.attributes, batch.answers, batch.claims, batch.rejected,
            batch.sightings,
        )  # fmt: skip
        gateways = {
            device: gateway
            for device, gateway in batch.gateways.items()
            if self._gateways.get(device, self._known_gateways.get(device)) != gateway
        }
        if changes or any(parts) or gateways:
            self.revision += 1
        self._gateways |= gateways
        self._answers.add(batch.answers)
        self._claims.add(batch.claims)
        for attribute in batch.attributes:
            known = self._attributes.get((attribute.device, attribute.key))
            # Frames of a replay, or of the other spool folder, may be older.
            if known is None or known.ts_ms <= attribute.ts_ms:
                self._attributes[attribute.device, attribute.key] = attribute
        for change in changes:
            if isinstance(change, Restart):
                self._restarted_us = change.time_us
                self._presence.clear()
            else:
                self._presence[change.device] = change
        if len(self._arrivals) < MAX_ARRIVALS:
            self._arrivals |= batch.arrivals
        for item in batch.rejected:
            self._add_rejected(item)
        for sighting in batch.sightings:
            self._add_sighting(sighting)

    def __bool__(self) -> bool:
        """Return whether anything is pending."""
        return bool(
            self._attributes
            or self._answers
            or self._claims
            or self._gateways
            or self._presence
            or self._restarted_us
            or self._arrivals
            or self._rejected
            or self._unregistered
        )

    @property
    def is_full(self) -> bool:
        """Return whether nothing may be added before a flush."""
        is_full = self._answers.is_full or self._claims.is_full
        return is_full or len(self._attributes) >= MAX_ATTRIBUTES

    @property
    def unregistered_ids(self) -> list[str]:
        """Return the document ids of the unregistered devices that are pending."""
        return list(self._unregistered)

    def flush(
        self, db: Documents, *, with_rejected: bool = True, side: str = presence.SIDE
    ) -> None:
        """Write everything to MongoDB; drop each part once it is written.

        *side* is the broker's, for presence. Without *with_rejected* the rejected messages stay
        pending.

        After an interruption a part may be written twice: idempotent, except that
        sightings are counted twice.
        Raise StoreUnavailableError when MongoDB is away; what was not written stays pending.
        """
        if self._restarted_us:
            presence.disconnect_all(db, self._restarted_us, side)
            self._restarted_us = 0
        presence.write(db, self._presence.values(), side)
        self._presence.clear()
        attributes.merge(db, self._attributes.values())
        self._attributes.clear()
        self._answers.flush(db)
        self._claims.flush(db)
        gateway_devices.note(db, self._gateways)
        self._known_gateways |= self._gateways
        self._gateways.clear()
        if with_rejected:
            rejected.add(db, [item for items in self._rejected.values() for item in items])
            self._rejected.clear()
        unregistered.note(db, self._unregistered.values())
        self._unregistered.clear()
        self._note_arrivals(db, side)

    def to_json(self) -> dict[str, Any]:
        """Return everything, for the state file."""
        return {
            "attributes": list(self._attributes.values()),
            "answers": self._answers.to_json(),
            "claims": self._claims.to_json(),
            "gateways": self._gateways,
            "presence": list(self._presence.values()),
            "restarted_us": self._restarted_us,
            "arrivals": self._arrivals,
            "rejected": [item for items in self._rejected.values() for item in items],
            "sightings": list(self._unregistered.values()),
        }

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> "PendingWrites":
        """Return what to_json() described; raise KeyError, ValueError or TypeError."""
        pending = cls()
        pending._restarted_us = index(state["restarted_us"])  # a whole number, or TypeError
        pending._arrivals = dict(state.get("arrivals", {}))  # an older version had none
        pending._answers = PendingAnswers(map(Answer._make, state.get("answers", [])))  # likewise
        pending._claims = PendingClaims(map(Claim._make, state.get("claims", [])))  # likewise
        pending._gateways = dict(state.get("gateways", {}))  # likewise
        for attribute in map(Attribute._make, state["attributes"]):
            pending._attributes[attribute.device, attribute.key] = attribute
        for change in map(Change._make, state["presence"]):
            pending._presence[change.device] = change
        for item in map(Rejected._make, state["rejected"]):
            pending._rejected.setdefault(item.device, deque(maxlen=rejected.MAX_PER_DEVICE)).append(
                item
            )
        for device in map(UnregisteredDevice._make, state["sightings"]):
            pending._unregistered[device.id] = device
        pending.revision = 1
        return pending

    def _note_arrivals(self, db: Documents, side: str) -> None:
        """Write some of the arrivals, after the presence: the other side ends an old session of a
        device that is connected here.
        """
        some = dict(islice(self._arrivals.items(), ARRIVALS_PER_FLUSH))
        arrivals.note(db, some, side)
        for client in some:
            del self._arrivals[client]

    def _add_rejected(self, item: Rejected) -> None:
        items = self._rejected.get(item.device)
        if items is None:
            if len(self._rejected) >= MAX_DEVICES_WITH_REJECTIONS:
                return
            items = self._rejected[item.device] = deque(maxlen=rejected.MAX_PER_DEVICE)
        items.append(item)

    def _add_sighting(self, sighting: UnregisteredSighting) -> None:
        new = UnregisteredDevice(
            sighting.source, sighting.name, sighting.time_us, sighting.time_us, 1, sighting.sample
        )
        known = self._unregistered.get(new.id)
        if known is not None:
            self._unregistered[new.id] = known._replace(
                last_us=max(known.last_us, new.last_us),
                times=known.times + 1,
                sample=new.sample or known.sample,
            )
        elif len(self._unregistered) < MAX_UNREGISTERED_DEVICES:
            self._unregistered[new.id] = new
