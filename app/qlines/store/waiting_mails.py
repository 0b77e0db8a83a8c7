"""Mails in the outbox that have to wait, though their receivers are there."""

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.store import account_mails, mail_outage

WAITING: Document = {"open": True, "waits_for_server": True}


@raising_unavailable()
def wait_for_server(
    db: Documents, channel: ObjectId, sentence: str, now: datetime, until: datetime
) -> None:
    """Have all that is due for a channel wait: our own server takes no mails. No attempt counts."""
    query = {"open": True, "channel": channel, "due_at": {"$lte": now}}
    fields = {
        "state": "waiting", "reason": sentence, "due_at": until, "waits_for_server": True,
    }  # fmt: skip
    db.notifications.update_many(query, {"$set": fields})


@raising_unavailable()
def let_one_try(db: Documents, now: datetime) -> None:
    """Once an attempt may be in an outage of our own server, make due what waits in one channel.

    In that which has waited for longest, and again until its sender has asked mail_outage.holds():
    so the others cost nothing until the server is back. What began to wait at the moment when the
    outage ended is due at once.
    """
    outage = mail_outage.current(db)
    if outage and outage["next_try_at"] > now:
        return
    oldest = db.notifications.find_one(WAITING, {"channel": 1}, sort=[("planned_for", 1)])
    if outage is None and (oldest or account_mails.has_waiting(db)):
        server_is_back(db, now)
    elif outage and oldest:
        in_channel = {**WAITING, "channel": oldest["channel"]}
        db.notifications.update_many(in_channel, {"$set": {"due_at": now}})
    elif outage:
        account_mails.let_one_try(db, now)


@raising_unavailable()
def server_is_back(db: Documents, now: datetime) -> None:
    """Make due at once, for everybody, what waits for our own mail server."""
    change = {"$set": {"due_at": now}, "$unset": {"waits_for_server": ""}}
    db.notifications.update_many(WAITING, change)
    account_mails.server_is_back(db, now)


@raising_unavailable()
def end_older(
    db: Documents, channel: ObjectId, planned_before: datetime, sentence: str, now: datetime
) -> None:
    """End as failed what was to leave before then."""
    query = {"open": True, "channel": channel, "planned_for": {"$lt": planned_before}}
    change = {
        "$set": {"state": "failed", "reason": sentence, "ended_at": now}, "$unset": {"open": ""},
    }  # fmt: skip
    db.notifications.update_many(query, change)


@raising_unavailable()
def collect(
    db: Documents, ids: Sequence[str], batch: str, sentence: str, leaves_at: datetime
) -> None:
    """Have these leave later, with all others of the batch as one message."""
    fields = {
        "batch": batch, "group": batch, "reason": sentence, "planned_for": leaves_at,
        "due_at": leaves_at,
    }  # fmt: skip
    change = {"$set": fields, "$unset": {"waits_for_server": ""}}
    db.notifications.update_many({"_id": {"$in": list(ids)}, "open": True}, change)
