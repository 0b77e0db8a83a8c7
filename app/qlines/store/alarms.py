"""What people do with alarms: acknowledge, clear, assign, comment, mute.

What raises and ends them by itself is in alarm_commit.py, the document in alarm_document.py. Each
change is written together with its event (alarm_events.py) in one transaction, which runs again
when the evaluator changes the same alarm at the same moment.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from bson import ObjectId
from pymongo import ReturnDocument, UpdateOne
from pymongo.client_session import ClientSession

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.errors import ConflictError, FieldError, NotFoundError
from qlines.store import alarm_events, rule_states, users
from qlines.store.alarm_document import (
    MAX_COMMENTS,
    WITHOUT_HISTORY,
    AlarmComment,
    AlarmDocument,
    AlarmEntry,
    EntryType,
    alarm_collection,
    counted,
    end_fields,
    entry,
    happened,
    visible_to,
)
from qlines.store.alarm_events import event_document
from qlines.store.ids import object_id
from qlines.store.transaction import in_transaction

Id = str | ObjectId
Acknowledged = Literal["acknowledged", "was acknowledged", "not found"]

BY_HAND = "by hand"
MAX_AT_ONCE = 1_000
MAX_COMMENT_CHARACTERS = 2_000
MAX_ASSIGNEE_CHARACTERS = 254  # as an e-mail address may have
MAX_MUTE_SECONDS = 30 * 86_400


class Person(NamedTuple):
    """Who changes an alarm of theirs, the *owner*, and when.

    An admin may change also those of others that are assigned to them.
    """

    owner: ObjectId
    email: str
    now: datetime
    is_admin: bool = False

    def entry(self, entry_type: EntryType, text: str | None = None) -> AlarmEntry:
        """Return the line of the alarm's history that says what the person did."""
        return entry(entry_type, self.now, by=self.email, text=text)


class Act(NamedTuple):
    """What becomes of an alarm: the line of its history, and the fields that change.

    A field that becomes None is removed.
    """

    line: AlarmEntry
    fields: Document
    comment: AlarmComment | None = None


def acknowledge(db: Documents, alarm_id: Id, person: Person) -> AlarmDocument:
    """Note that somebody has seen the alarm, and return it; one that is acknowledged stays so.

    Raise NotFoundError when it does not exist or is not the owner's, as all functions here do.
    """

    def act(alarm: AlarmDocument) -> Act | None:
        if "acknowledged_at" in alarm:
            return None
        return Act(person.entry("acknowledged"), _acknowledged(person))

    return _change(db, alarm_id, person, act)


@raising_unavailable()
def acknowledge_all(db: Documents, ids: Sequence[str], person: Person) -> dict[str, Acknowledged]:
    """Acknowledge those of up to 1,000 alarms that can be; return what became of each id."""
    wanted = [ObjectId(one) for one in dict.fromkeys(ids) if ObjectId.is_valid(one)]
    change = {"$set": _acknowledged(person), **happened(person.entry("acknowledged"))}

    def acknowledge_them(session: ClientSession) -> dict[str, Acknowledged]:
        query = {"_id": {"$in": wanted}, "owner": person.owner}
        found = list(alarm_collection(db).find(query, WITHOUT_HISTORY, session=session))
        new = [alarm for alarm in found if "acknowledged_at" not in alarm]
        if new:
            updates = [UpdateOne({"_id": alarm["_id"]}, change) for alarm in new]
            db.alarms.bulk_write(updates, ordered=False, session=session)
        events = [event_document(counted(alarm), "acknowledged", person.now) for alarm in new]
        alarm_events.insert_in_session(db, session, events)
        return _outcomes(ids, found, new)

    return in_transaction(db, acknowledge_them)


def _acknowledged(person: Person) -> Document:
    return {"acknowledged_at": person.now, "acknowledged_by": person.email}


def _outcomes(
    ids: Sequence[str], found: Sequence[AlarmDocument], new: Sequence[AlarmDocument]
) -> dict[str, Acknowledged]:
    outcomes: dict[str, Acknowledged] = dict.fromkeys(ids, "not found")
    outcomes |= dict.fromkeys((str(alarm["_id"]) for alarm in found), "was acknowledged")
    outcomes |= dict.fromkeys((str(alarm["_id"]) for alarm in new), "acknowledged")
    return outcomes


def clear(
    db: Documents, alarm_id: Id, person: Person, *, mute_seconds: int | None = None
) -> AlarmDocument:
    """End an active alarm by hand and return it; the rule must be false before it raises another.

    With *mute_seconds* it is muted too, as by mute(). Raise ConflictError when it has ended.
    """

    def act(alarm: AlarmDocument) -> Act:
        if not alarm["active"]:
            raise ConflictError("the alarm has ended already: only an active one can be cleared")
        fields: Document = end_fields(person.now, BY_HAND)
        if mute_seconds is not None:
            fields["muted_until"] = person.now + _mute(mute_seconds)
        return Act(person.entry("cleared", BY_HAND), fields)

    def also(session: ClientSession, alarm: AlarmDocument) -> None:
        rule_states.clear_by_hand_in_session(db, session, alarm, person.now)
        if mute_seconds is not None:
            _forget_earlier_mutes(db, session, alarm)

    return _change(db, alarm_id, person, act, also)


def assign(db: Documents, alarm_id: Id, person: Person, to: str | None) -> AlarmDocument:
    """Say who looks after the alarm, None for nobody, and return it; who does so already stays.

    Raise FieldError for an address that is neither its owner's nor an admin's: nobody else can see
    it, or is to have messages about it.
    """
    email = None if to is None else _text("to", to, MAX_ASSIGNEE_CHARACTERS).lower()

    def act(alarm: AlarmDocument) -> Act | None:
        if email == alarm.get("assignee"):
            return None  # they have a message about it
        if email is not None and users.find_alarm_reader(db, email, alarm["owner"]) is None:
            raise FieldError(
                "to",
                "must be the address of somebody who can see the alarm, its owner or an admin, got"
                f" {email!r}: others learn of it by a channel of its rule",
            )
        return Act(person.entry("assigned", email), {"assignee": email})

    return _change(db, alarm_id, person, act)


def comment(db: Documents, alarm_id: Id, person: Person, text: str) -> AlarmDocument:
    """Add a comment to the alarm and return it; raise ConflictError when it has 100."""
    written: AlarmComment = {
        "at": person.now,
        "by": person.email,
        "text": _text("text", text, MAX_COMMENT_CHARACTERS),
    }

    def act(alarm: AlarmDocument) -> Act:
        if len(alarm["comments"]) >= MAX_COMMENTS:
            raise ConflictError(f"the alarm has {MAX_COMMENTS} comments, and no more may be")
        return Act(person.entry("commented"), {}, written)

    return _change(db, alarm_id, person, act)


def mute(db: Documents, alarm_id: Id, person: Person, seconds: int) -> AlarmDocument:
    """Have no messages sent about the alarm's rule and device for so long; 0 ends that.

    It holds for the alarms that the rule raises for the device after this one, too, and takes the
    place of what was said about an earlier one.
    """
    until = person.now + _mute(seconds)

    def act(_alarm: AlarmDocument) -> Act:
        return Act(person.entry("muted", f"{seconds} s"), {"muted_until": until})

    def also(session: ClientSession, alarm: AlarmDocument) -> None:
        _forget_earlier_mutes(db, session, alarm)

    return _change(db, alarm_id, person, act, also)


def _forget_earlier_mutes(db: Documents, session: ClientSession, alarm: AlarmDocument) -> None:
    others: Document = {
        "rule": alarm["rule"],
        "device": alarm["device"],
        "_id": {"$ne": alarm["_id"]},
        "muted_until": {"$exists": True},
    }
    db.alarms.update_many(others, {"$unset": {"muted_until": ""}}, session=session)


@raising_unavailable()
def _change(
    db: Documents,
    alarm_id: Id,
    person: Person,
    act: Callable[[AlarmDocument], Act | None],
    also: Callable[[ClientSession, AlarmDocument], None] = lambda _session, _alarm: None,
) -> AlarmDocument:
    """Do with the owner's alarm what *act* says, and *also* what belongs to it; return it then."""
    assignee = person.email if person.is_admin else ""
    query: Document = {"_id": object_id(alarm_id), **visible_to(person.owner, assignee)}

    def change(session: ClientSession) -> AlarmDocument:
        alarm = alarm_collection(db).find_one(query, session=session)
        if alarm is None:
            raise NotFoundError(f"there is no alarm {alarm_id}")
        done = act(alarm)
        if done is None:
            return alarm
        after = _written(db, session, alarm, done)
        also(session, after)
        return after

    return in_transaction(db, change)


def _written(
    db: Documents, session: ClientSession, alarm: AlarmDocument, done: Act
) -> AlarmDocument:
    update = happened(done.line)
    kept = {name: value for name, value in done.fields.items() if value is not None}
    removed = dict.fromkeys(done.fields.keys() - kept.keys(), "")
    update |= {operator: part for operator, part in (("$set", kept), ("$unset", removed)) if part}
    if done.comment:
        update["$push"]["comments"] = {"$each": [done.comment], "$slice": -MAX_COMMENTS}
    after = alarm_collection(db).find_one_and_update(
        {"_id": alarm["_id"]}, update, return_document=ReturnDocument.AFTER, session=session
    )
    if after is None:
        raise NotFoundError(f"there is no alarm {alarm['_id']}")
    if done.line["type"] != "muted":
        event = event_document(after, done.line["type"], done.line["at"])
        alarm_events.insert_in_session(db, session, [event])
    return after


def _text(field: str, text: str, most: int) -> str:
    stripped = text.strip()
    if not 1 <= len(stripped) <= most:
        raise FieldError(field, f"must have 1 to {most:,} characters, got {len(stripped):,}")
    return stripped


def _mute(seconds: int) -> timedelta:
    if not 0 <= seconds <= MAX_MUTE_SECONDS:
        raise FieldError("seconds", f"must be 0 to {MAX_MUTE_SECONDS:,}, got {seconds}")
    return timedelta(seconds=seconds)
