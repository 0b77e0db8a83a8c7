"""When MongoDB was restored from a backup, and what then becomes of messages about alarms.

MongoDB is as it was at the time of the backup, and Kafka may still have what came since. The
evaluator reads it again, so alarms are as they were before the restore; but most of what happens
then was sent to people by the MongoDB that was replaced. So of what was before the restore nobody
is sent anything by itself: one message some minutes later has the alarms that are still active.
"""

from datetime import datetime, timedelta

from qlines.clients.mongodb import Document, Documents, raising_unavailable

ID = "restored"  # of its document in the collection ``meta``
# So long after a restore the evaluator may still read what was before it.
CATCHES_UP_WITHIN = timedelta(hours=6)
# Until then Kafka's log has been read, and devices have sent what is so now.
DIGEST_AFTER = timedelta(minutes=10)
GROUP, TYPE, PURPOSE = "restored", "alarm.restored", "restored"
TOO_LATE = (
    "it was due before QLines was restored from a backup: it was sent then, or it is too late"
)


@raising_unavailable()
def note(db: Documents, at: datetime) -> None:
    """Note that MongoDB has been replaced by a backup; until *at* the former one was in use.

    What waited in the outbox of the backup was sent since, or is too late: of alarms it is said in
    the digest, or asked again at its time, whether they are still active. The rest is dropped.
    """
    db.meta.update_one({"_id": ID}, {"$set": {"at": at}}, upsert=True)
    due: Document = {"open": True, "due_at": {"$lte": at}}
    moment = digest_at(at, at)
    news = {"purpose": "event", "type": {"$in": ["alarm.raised", "alarm.severity"]}}
    in_digest = {
        "purpose": PURPOSE, "type": TYPE, "group": GROUP, "batch": batch_of(moment),
        "state": "waiting", "attempts": 0, "planned_for": moment, "due_at": moment, "at": moment,
    }  # fmt: skip
    db.notifications.update_many(due | news, {"$set": in_digest, "$unset": {"message": ""}})
    asked_later = {"purpose": {"$in": ["escalation", "reminder"]}}
    db.notifications.update_many(due | asked_later, {"$set": {"due_at": moment}})
    dropped = {"state": "dropped", "reason": TOO_LATE, "ended_at": at}
    db.notifications.update_many(due, {"$set": dropped, "$unset": {"open": ""}})
    db.account_mails.delete_many({})


@raising_unavailable()
def last(db: Documents) -> datetime | None:
    """Return the moment of the last restore, None when there was none."""
    found = db.meta.find_one({"_id": ID})
    moment: datetime | None = found["at"] if found else None
    return moment


def digest_at(restored_at: datetime, now: datetime) -> datetime:
    """Return when the next message leaves that has what was before the restore; pure."""
    return restored_at + ((now - restored_at) // DIGEST_AFTER + 1) * DIGEST_AFTER


def batch_of(moment: datetime) -> str:
    """Return the batch of what leaves then; pure."""
    return f"{GROUP}:{moment.isoformat()}"
