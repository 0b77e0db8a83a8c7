"""Store what an evaluation has led to: all of it, or nothing.

States, alarms, their events and the positions in Kafka's logs are one transaction, which only the
holder of the lease can commit: so a record has its effect once, wherever a program is killed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from bson import ObjectId
from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.errors import BulkWriteError, DuplicateKeyError

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.errors import QLinesError
from qlines.store import alarm_events, alarm_positions, alarm_states
from qlines.store.alarm_changes import Change, Touch, apply, difference, touched
from qlines.store.alarm_document import AlarmDocument, alarm_collection
from qlines.store.alarm_events import event_document
from qlines.store.alarm_positions import LogPosition
from qlines.store.alarm_states import StoredState
from qlines.store.lease import FencedLease, raising_fenced
from qlines.store.transaction import in_transaction


class AlarmsDifferError(QLinesError):
    """What is stored is not what was evaluated: a rule came with states, or a device is gone.

    Nothing was written; the evaluation begins again with what is stored.
    """


class Batch(NamedTuple):
    """What is to be stored: new alarms, changes of alarms in order, and what has been reached."""

    states: Sequence[StoredState] = ()
    raised: Sequence[AlarmDocument] = ()
    changes: Sequence[Change] = ()
    touches: Sequence[Touch] = ()
    positions: Sequence[LogPosition] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to store."""
        return not any(self)


@raising_unavailable()
@raising_fenced()
def commit(db: Documents, lease: FencedLease, batch: Batch, now: datetime) -> None:
    """Store the batch in one transaction of the lease's holder.

    Raise FencedError when somebody else holds it, AlarmsDifferError, and StoreUnavailableError when
    MongoDB does not answer: then nobody knows whether the batch is stored, until the lease has
    begun again.
    """

    def write(session: ClientSession) -> None:
        lease.confirm()
        _write_alarms(db, session, batch)
        _write_states(db, session, alarm_states.writes(batch.states, now))
        _bulk_write(db, "alarm_positions", alarm_positions.writes(batch.positions), session)

    in_transaction(db, write, lease.session)


@raising_unavailable()
@raising_fenced()
def forget_positions(db: Documents, lease: FencedLease) -> None:
    """Delete the positions, since no rule is left; raise FencedError when it is not ours to do."""

    def forget(session: ClientSession) -> None:
        lease.confirm()
        db.alarm_positions.delete_many({}, session=session)

    in_transaction(db, forget, lease.session)


def _write_states(db: Documents, session: ClientSession, writes: Sequence[Any]) -> None:
    try:
        _bulk_write(db, "alarm_states", writes, session)
    except BulkWriteError as error:
        if not _is_duplicate(error):
            raise
        raise AlarmsDifferError("a rule has changed since, and came with states") from error


def _write_alarms(db: Documents, session: ClientSession, batch: Batch) -> None:
    _require_devices(db, session, batch.raised)
    raised = {one["_id"]: one for one in batch.raised}
    stored = _stored(db, session, [one.alarm for one in batch.changes if one.alarm not in raised])
    alarms = {**raised, **stored}
    events = [event_document(one, "raised", one["raised_at"], reading_ts=one["raised_ts"])
              for one in batch.raised]  # fmt: skip
    for change in batch.changes:
        if change.alarm in alarms:
            alarms[change.alarm], event = apply(change, alarms[change.alarm])
            events.append(event)
    updates = [
        UpdateOne({"_id": alarm}, difference(before, alarms[alarm]))
        for alarm, before in stored.items()
    ]
    _bulk_write(db, "alarms", updates, session)
    # After the end of the one before, since a rule and device have one active alarm.
    _insert(db, session, [alarms[alarm] for alarm in raised])
    _touch(db, session, batch.touches)
    alarm_events.insert_in_session(db, session, events)


def _require_devices(
    db: Documents, session: ClientSession, raised: Sequence[AlarmDocument]
) -> None:
    """Raise AlarmsDifferError when an alarm is about a device that is gone, or another owner's.

    Its last readings were on the way, and nobody should hear of them any more.
    """
    wanted = {one["device"]: one["owner"] for one in raised}
    if not wanted:
        return
    found = db.devices.find({"_id": {"$in": list(wanted)}}, {"owner": 1}, session=session)
    owners = {one["_id"]: one["owner"] for one in found}
    if gone := [device for device, owner in wanted.items() if owners.get(device) != owner]:
        raise AlarmsDifferError(f"{len(gone)} devices are not its owner's any more, as {gone[0]}")


def _stored(
    db: Documents, session: ClientSession, wanted: Sequence[ObjectId]
) -> dict[ObjectId, AlarmDocument]:
    """Return alarms as they are now; one that has ended otherwise is absent, and stays as it is.

    Of such an end, by a person's hand say, the evaluator hears a moment later, or at its next start
    (reconcile). Beginning again because of it would cost everybody seconds whenever a person clears
    an alarm. A change in the same moment conflicts with the transaction, which then runs again.
    """
    if not wanted:
        return {}
    query = {"_id": {"$in": list(dict.fromkeys(wanted))}, "active": True}
    return {one["_id"]: one for one in alarm_collection(db).find(query, session=session)}


def _touch(db: Documents, session: ClientSession, touches: Sequence[Touch]) -> None:
    """Update what is true again, but an alarm that has ended otherwise."""
    updates = [
        UpdateOne({"_id": one.alarm, "active": True}, {"$set": touched(one)}) for one in touches
    ]
    _bulk_write(db, "alarms", updates, session)


def _insert(db: Documents, session: ClientSession, alarms: Sequence[AlarmDocument]) -> None:
    if not alarms:
        return
    try:
        alarm_collection(db).insert_many(alarms, session=session)
    except (BulkWriteError, DuplicateKeyError) as error:
        if isinstance(error, BulkWriteError) and not _is_duplicate(error):
            raise
        raise AlarmsDifferError("a rule and device have an active alarm already") from error


def _is_duplicate(error: BulkWriteError) -> bool:
    return {one["code"] for one in error.details.get("writeErrors", [])} == {11000}


def _bulk_write(
    db: Documents, collection: str, writes: Iterable[Any], session: ClientSession
) -> None:
    requests = list(writes)
    if requests:
        db[collection].bulk_write(requests, ordered=False, session=session)
