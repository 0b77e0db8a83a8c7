"""Commands to devices, as the sender moves them from state to state.

Each change is a conditional write: a command that somebody else has changed in the meantime, as
by an answer or by cancelling it, stays what it is. So every call may be repeated.

After a restore of a backup the commands that were open then are open again. Those that a device got
in the meantime go out once more, with the same number.

The rest: commands.py has what people do, command_document.py the states and the document.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from pymongo import ReturnDocument, UpdateMany, UpdateOne
from pymongo.write_concern import WriteConcern

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.clock import utc_datetime
from qlines.store import bulk
from qlines.store.command_document import CommandDocument, command_collection, id_of
from qlines.store.ids import object_id

LIMIT_PER_DEVICE = 20
# Each command's note that it was sent need not survive a crash: without it, the command is sent
# again with the same number.
ONE_MEMBER = WriteConcern(w=1, j=False)
NEVER_ACKNOWLEDGED = (
    "the device did not acknowledge it, also when it was sent again: see whether it stays connected"
)
EXPIRED = {
    "queued": "the device did not connect and listen until then",
    "sent": "the device did not acknowledge it until then",
    "delivered": "the device did not answer until then",
}


class Answer(NamedTuple):
    """What a device answered to the command with this number, at microseconds since 1970."""

    device: str
    number: int
    text: str
    at_us: int


class Sent(NamedTuple):
    """A command that a broker has sent and that was not acknowledged, without what it says."""

    id: str
    attempts: int
    clients: list[str]


@raising_unavailable()
def devices_with_queued(db: Documents) -> set[str]:
    """Return the ids of the devices that have a queued command."""
    found = db.commands.distinct("device", {"open": True, "state": "queued"})
    return {str(device) for device in found}


@raising_unavailable()
def ready(
    db: Documents, devices: Sequence[str], now: datetime, limit_per_device: int = LIMIT_PER_DEVICE
) -> list[CommandDocument]:
    """Return the commands of these devices that may be sent now, by device and number.

    Of a command that keeps to the order no earlier one is open.
    """
    due = {"state": "queued", "next_at": {"$lte": now}, "expires_at": {"$gt": now}}
    return _sendable(db, devices, due, limit_per_device)


def _sendable(
    db: Documents, devices: Sequence[str], due: Document, limit: int
) -> list[CommandDocument]:
    """Return the first open commands of each device that match and whose turn it is."""
    found = _first_open(db, devices, due, limit)
    in_order = {str(command["device"]) for command in found if command["in_order"]}
    first = {one["_id"] for one in _first_open(db, sorted(in_order), {}, 1)} if in_order else set()
    return [command for command in found if not command["in_order"] or command["_id"] in first]


def _first_open(
    db: Documents, devices: Sequence[str], query: Document, limit: int
) -> list[CommandDocument]:
    """Return the first open commands of each device, in one request.

    The lookup reads so many entries of the index for each device, however many commands it has.
    """
    first = [{"$match": {"open": True, **query}}, {"$sort": {"number": 1}}, {"$limit": limit}]
    lookup = {
        "from": "commands", "localField": "_id", "foreignField": "device", "pipeline": first,
        "as": "command",
    }  # fmt: skip
    steps: list[Document] = [
        {"$match": {"_id": {"$in": [object_id(device) for device in devices]}}},
        {"$sort": {"_id": 1}},
        {"$project": {"_id": 1}},
        {"$lookup": lookup},
        {"$unwind": "$command"},
    ]
    return [found["command"] for found in db.devices.aggregate(steps)]


@raising_unavailable()
def mark_sent(
    db: Documents, sent: Sequence[tuple[str, int, Sequence[str]]], broker: str, now: datetime
) -> set[str]:
    """Set commands, given as (id, attempts so far, client ids), to sent by *broker*.

    Return those that still were queued after so many attempts. Call it before they are written to a
    connection: what is not returned must not be.
    """
    mark = secrets.token_hex(8)
    alike: dict[tuple[int, tuple[str, ...]], list[str]] = defaultdict(list)
    for command, attempts, clients in sent:
        alike[attempts, tuple(clients)].append(command)
    # One update for what goes to the same clients: MongoDB does it in half the time.
    updates = [
        UpdateMany(
            {"_id": {"$in": commands}, "state": "queued", "attempts": attempts},
            {
                "$set": {
                    "state": "sent", "broker": broker, "clients": list(clients), "sent_at": now,
                    "mark": mark,
                },
                "$inc": {"attempts": 1},
            },
        )
        for (attempts, clients), commands in alike.items()
    ]  # fmt: skip
    ids = [command for command, _, _ in sent]
    if bulk.update(db.commands.with_options(write_concern=ONE_MEMBER), updates) == len(ids):
        return set(ids)
    marked = db.commands.find({"_id": {"$in": ids}, "mark": mark, "state": "sent"}, {"_id": 1})
    return {command["_id"] for command in marked}


@raising_unavailable()
def take(db: Documents, device: str, broker: str, now: datetime) -> CommandDocument | None:
    """Set the oldest queued command of a device to delivered, and return it; None without one.

    For a device that asks for it by itself: that it was sent and delivered is one write, because
    nothing comes between the two. A back-off is not waited for: who asks is there.
    """
    due = {"state": "queued", "expires_at": {"$gt": now}}
    for command in _sendable(db, [device], due, LIMIT_PER_DEVICE):
        change = {
            "state": "delivered", "broker": broker, "clients": [], "sent_at": now,
            "delivered_at": now,
        }  # fmt: skip
        update = {"$set": change} if command["two_way"] else _ended(now, change)
        taken = command_collection(db).find_one_and_update(
            {"_id": command["_id"], "state": "queued"},
            {**update, "$inc": {"attempts": 1}},
            return_document=ReturnDocument.AFTER,
        )
        if taken is not None:
            return taken  # else it was cancelled, or a broker has it
    return None


def mark_delivered(db: Documents, delivered: Iterable[tuple[str, int]], now: datetime) -> None:
    """Set commands, given as (id, attempts), to delivered; one without an answer has ended.

    An acknowledgement of another attempt than the last one changes nothing.
    """
    by_attempts: dict[int, list[str]] = defaultdict(list)
    for command, attempts in delivered:
        by_attempts[attempts].append(command)
    updates: list[UpdateMany | UpdateOne] = []
    for attempts, ids in by_attempts.items():
        query = {"_id": {"$in": ids}, "state": "sent", "attempts": attempts}
        change = {"state": "delivered", "delivered_at": now}
        updates += [
            UpdateMany({**query, "two_way": True}, {"$set": change}),
            UpdateMany({**query, "two_way": False}, _ended(now, change)),
        ]
    bulk.update(db.commands, updates)


def requeue(
    db: Documents, attempts: Iterable[tuple[str, int, datetime, bool]], now: datetime
) -> None:
    """Let commands be sent again, given as (id, attempts, not before, whether the attempt counts).

    One whose attempts that count are more than its retries has failed.
    """
    never_acknowledged: Document = {"state": "failed", "error": NEVER_ACKNOWLEDGED}
    updates: list[UpdateOne] = []
    for command, number, next_at, counts in attempts:
        query = {"_id": command, "state": "sent", "attempts": number}
        again: Document = {"$set": {"state": "queued", "next_at": next_at}}
        if not counts:
            updates.append(UpdateOne(query, again))
            continue
        updates += [
            UpdateOne(
                {**query, "retries_left": {"$gt": 0}}, {**again, "$inc": {"retries_left": -1}}
            ),
            UpdateOne(
                {**query, "retries_left": 0},
                _ended(now, never_acknowledged),
            ),
        ]
    bulk.update(db.commands, updates)


def fail(db: Documents, failed: Iterable[tuple[str, int, str]], now: datetime) -> None:
    """Let commands, given as (id, attempts, error), fail; the error is a sentence for people."""
    bulk.update(
        db.commands,
        [
            UpdateOne(
                {"_id": command, "state": "sent", "attempts": attempts},
                _ended(now, {"state": "failed", "error": error}),
            )
            for command, attempts, error in failed
        ],
    )


@raising_unavailable()
def with_ids(db: Documents, ids: Sequence[str]) -> list[CommandDocument]:
    """Return these commands, those that there are."""
    return list(command_collection(db).find({"_id": {"$in": list(ids)}})) if ids else []


@raising_unavailable()
def sent_by(db: Documents, broker: str) -> list[Sent]:
    """Return the commands that *broker* has sent and that were not acknowledged."""
    return _sent(db, {"broker": broker})


@raising_unavailable()
def sent_elsewhere(db: Documents, broker: str, before: datetime) -> list[Sent]:
    """Return those that another broker has sent before that moment, as sent_by."""
    return _sent(db, {"broker": {"$ne": broker}, "sent_at": {"$lt": before}})


def _sent(db: Documents, query: Document) -> list[Sent]:
    found = command_collection(db).find(
        {"open": True, "state": "sent", **query}, {"attempts": 1, "clients": 1}
    )
    return [Sent(one["_id"], one["attempts"], one["clients"]) for one in found]


@raising_unavailable()
def expire(db: Documents, now: datetime) -> int:
    """Let the open commands expire whose time is over; return how many they are."""
    over: Document = {"open": True, "expires_at": {"$lte": now}}
    # Nearly always nothing is over, and after many have ended each look at the index is dear.
    if db.commands.find_one(over, {"_id": True}) is None:
        return 0
    updates = [
        UpdateMany({**over, "state": state}, _ended(now, {"state": "expired", "error": error}))
        for state, error in EXPIRED.items()
    ]
    return bulk.update(db.commands, updates)


def answer(db: Documents, answers: Iterable[Answer]) -> None:
    """Store what devices answered; late, second and unknown answers change nothing.

    An answer may come before the acknowledgement, for a command that is queued again, and out of
    the spool when the command has expired since it was given.
    """
    updates = []
    for one in answers:
        at = utc_datetime(one.at_us)
        change = {"state": "answered", "answered_at": at, "answer": one.text}
        in_time = {"state": "expired", "expires_at": {"$gt": at}}
        query = {"_id": id_of(one.device, one.number), "$or": [{"open": True}, in_time]}
        ended = _ended(at, change)
        updates.append(UpdateOne(query, {**ended, "$unset": {"open": "", "error": ""}}))
    bulk.update(db.commands, updates)


def _ended(at: datetime, change: Document) -> Document:
    return {"$set": {**change, "ended_at": at}, "$unset": {"open": ""}}
