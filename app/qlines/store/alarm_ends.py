"""End alarms because what they are about is no more: a rule, a device, or whose it is.

Each gets its event ``cleared`` in the same transaction, so each raise has exactly one end.
"""

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId
from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.store import alarm_events, rule_states
from qlines.store.alarm_document import (
    WITHOUT_HISTORY,
    alarm_collection,
    counted,
    end_fields,
    entry,
    happened,
)
from qlines.store.alarm_events import event_document
from qlines.store.transaction import in_transaction

DEVICE_REMOVED, HANDED_OVER = "device removed", "device handed over"
AT_A_TIME = 1_000  # in one transaction


def end_in_session(
    db: Documents, session: ClientSession, query: Document, reason: str, now: datetime
) -> int:
    """End up to AT_A_TIME of the active alarms that the query finds; return how many they were.

    What they were about changes in the same transaction; end_rest() comes after it.
    """
    active = {**query, "active": True}
    found = alarm_collection(db).find(active, WITHOUT_HISTORY, session=session)
    ended = list(found.limit(AT_A_TIME))
    if ended:
        line = entry("cleared", now, text=reason)
        change = {"$set": end_fields(now, reason), **happened(line)}
        updates = [UpdateOne({"_id": alarm["_id"]}, change) for alarm in ended]
        db.alarms.bulk_write(updates, ordered=False, session=session)
        events = [event_document(counted(alarm), "cleared", now) for alarm in ended]
        alarm_events.insert_in_session(db, session, events)
    return len(ended)


def end_rest(db: Documents, query: Document, reason: str, now: datetime) -> None:
    """End the active alarms that the query still finds, in transactions that are not too large.

    A program that is killed here leaves some to the evaluator, which ends what has no rule.
    """

    def end(session: ClientSession) -> int:
        return end_in_session(db, session, query, reason, now)

    while in_transaction(db, end) == AT_A_TIME:
        pass


@raising_unavailable()
def end_of_devices(db: Documents, devices: Sequence[ObjectId], now: datetime) -> None:
    """End the alarms of devices that are removed, and delete the rules that are about one alone."""
    of_devices: Document = {"device": {"$in": list(devices)}}
    about_them = {"scope.type": "device", "scope.value": {"$in": list(map(str, devices))}}

    def end(session: ClientSession) -> None:
        end_in_session(db, session, of_devices, DEVICE_REMOVED, now)
        rule_states.forget_in_session(db, session, of_devices)
        db.alarm_rules.delete_many(about_them, session=session)

    in_transaction(db, end)
    end_rest(db, of_devices, DEVICE_REMOVED, now)


def hand_over_in_session(
    db: Documents, session: ClientSession, device: ObjectId, now: datetime
) -> None:
    """End the alarms of a device whose owner changes.

    They stay with the owner who had them. So do that one's rules about the device alone: they are
    about nothing until it is given back.
    """
    of_device: Document = {"device": device}
    end_in_session(db, session, of_device, HANDED_OVER, now)
    rule_states.forget_in_session(db, session, of_device)
