"""Where people want their messages: the collection ``channels``.

A channel that keeps failing for MAX_FAILING is switched off, with the reason for its owner.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NotRequired, TypedDict, cast

from bson import ObjectId
from pymongo.collection import Collection

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.errors import ConflictError, NotFoundError
from qlines.store.channel_rules import ChannelFields, ChannelType
from qlines.store.ids import object_id
from qlines.store.quiet_hours import QuietHours
from qlines.webhook.signature import make_secret

MAX_CHANNELS = 50  # of one owner; each browser that shows messages is one
MAX_FAILING = timedelta(days=5)
OLD_SECRET_KEPT = timedelta(days=1)  # so long a receiver may still check with the old one


class Channel(TypedDict):
    """A channel as MongoDB stores it.

    *settings* depend on the type (channel_rules.py). A *default* one has the messages of all rules
    that name no channels; an *operator* one has those about the appliance itself. *failing_since*
    is when the first of the attempts failed that have failed without one that did not. An address
    with *unconfirmed_since* gets nothing but the mail by which its receiver confirms it; without it
    it is confirmed, or from before there was such a mail. *session* is that of the browser that
    added itself (browser_channels.py). *is_slow*: its receiver took long for the last message.
    *busy_until* and *busy_with* belong to the job that sends at this moment.
    """

    _id: ObjectId
    owner: ObjectId
    name: str
    type: ChannelType
    settings: dict[str, str]
    default: bool
    enabled: bool
    operator: bool
    quiet_hours: QuietHours | None
    created_at: datetime
    failing_since: NotRequired[datetime]
    disabled_reason: NotRequired[str]
    unconfirmed_since: NotRequired[datetime]
    session: NotRequired[str]
    is_slow: NotRequired[bool]
    busy_until: NotRequired[datetime]
    busy_with: NotRequired[str]


def fields_of(channel: Channel) -> ChannelFields:
    """Return what its owner has decided about a channel; pure."""
    document = cast("dict[str, Any]", channel)
    return ChannelFields(**{name: document[name] for name in ChannelFields._fields})


def is_slow(channel: Channel) -> bool:
    """Return whether a channel fails, or its receiver took long for the last message; pure."""
    return "failing_since" in channel or channel.get("is_slow", False)


def is_free(channel: Channel, now: datetime) -> bool:
    """Return whether no job sends to a channel at this moment; pure."""
    return channel.get("busy_until", now) <= now


@raising_unavailable()
def add(
    db: Documents, owner: ObjectId, fields: ChannelFields, now: datetime, *, own_address: str = ""
) -> Channel:
    """Add a channel and return it, with the secret of a new webhook in its settings.

    An address of e-mail is to be confirmed unless it is *own_address*, by which its owner signs in.

    The same browser again, under whatever account, replaces its former one: its messages are for
    who has signed in last. Raise ConflictError beyond MAX_CHANNELS.
    """
    settings = dict(fields.settings)
    if fields.type == "webhook":
        settings["secret"] = make_secret()
    if fields.type == "web_push":
        _forget_browser(db, settings["endpoint"])
    if _collection(db).count_documents({"owner": owner}) >= MAX_CHANNELS:
        raise ConflictError(f"there are {MAX_CHANNELS} channels already: delete one first")
    document = {"_id": ObjectId(), "owner": owner, **fields._asdict(), "created_at": now}
    if must_be_confirmed(fields, own_address):
        document["unconfirmed_since"] = now
    channel = cast("Channel", document | {"settings": settings})
    _collection(db).insert_one(channel)
    return channel


def must_be_confirmed(fields: ChannelFields, own_address: str) -> bool:
    """Return whether the receiver of mails has to confirm a new address first; pure.

    The address of an account counts as confirmed: only an admin sets it, and its person signs in.
    """
    return fields.type == "email" and fields.settings["address"] != own_address


def is_served(channel: Channel) -> bool:
    """Return whether messages are sent to a channel: it is on, and confirmed; pure."""
    return channel["enabled"] and "unconfirmed_since" not in channel


@raising_unavailable()
def confirm(db: Documents, channel: Channel) -> None:
    """Note that the receiver has confirmed the address, unless it was changed in the meantime."""
    query = {"_id": channel["_id"], "settings.address": channel["settings"]["address"]}
    _collection(db).update_one(query, {"$unset": {"unconfirmed_since": ""}})


@raising_unavailable()
def require_confirmation(db: Documents, channel: Channel, now: datetime) -> None:
    """Have the receiver confirm the address before anything is sent there again."""
    _collection(db).update_one({"_id": channel["_id"]}, {"$set": {"unconfirmed_since": now}})


@raising_unavailable()
def of_owner(db: Documents, owner: str | ObjectId) -> list[Channel]:
    """Return the owner's channels, the oldest first."""
    return list(_collection(db).find({"owner": object_id(owner)}).sort("_id"))


@raising_unavailable()
def operators(db: Documents) -> list[Channel]:
    """Return the channels for messages about the appliance itself."""
    return list(_collection(db).find({"operator": True}).sort("_id"))


@raising_unavailable()
def find(db: Documents, owner: str | ObjectId, channel_id: str | ObjectId) -> Channel:
    """Return a channel; raise NotFoundError when the owner has none of this id."""
    query = {"_id": object_id(channel_id), "owner": object_id(owner)}
    return _existing(_collection(db).find_one(query), channel_id)


@raising_unavailable()
def by_id(db: Documents, channel_id: str | ObjectId) -> Channel:
    """Return a channel of whatever owner, for who sends; raise NotFoundError."""
    return _existing(_collection(db).find_one({"_id": object_id(channel_id)}), channel_id)


@raising_unavailable()
def change(
    db: Documents, before: Channel, fields: ChannelFields, now: datetime, *, own_address: str = ""
) -> Channel:
    """Change what the owner decides and return the channel; raise NotFoundError when it is gone.

    What is as *before* stays, also as another window, or QLines, has just changed it. Of one that
    is switched on what failed before no longer counts. Another address of e-mail is to be confirmed
    as in add(). An address of a browser that another channel has is this one's from now on.
    """
    if fields.type == "web_push":
        _forget_browser(db, fields.settings["endpoint"], kept=before["_id"])
    changed, removed = _difference(fields_of(before), fields)
    if "settings.address" in changed:
        if must_be_confirmed(fields, own_address):
            changed["unconfirmed_since"] = now
        else:
            removed["unconfirmed_since"] = ""
    if fields.enabled:
        removed["failing_since"] = ""
        if "enabled" in changed:
            removed["disabled_reason"] = ""
    update = {name: part for name, part in (("$set", changed), ("$unset", removed)) if part}
    if update:
        _collection(db).update_one({"_id": before["_id"], "owner": before["owner"]}, update)
    return find(db, before["owner"], before["_id"])


def _difference(before: ChannelFields, after: ChannelFields) -> tuple[Document, Document]:
    """Return what to set and what to unset, settings by their paths; pure."""
    old, new = before._asdict(), after._asdict()
    names = before.settings.keys() | after.settings.keys()
    for fields, settings in ((old, before.settings), (new, after.settings)):
        del fields["settings"]
        fields |= {f"settings.{name}": settings.get(name) for name in names}
    differs = {name: value for name, value in new.items() if value != old[name]}
    removed = {name: "" for name, value in differs.items() if value is None and "settings." in name}
    return {name: differs[name] for name in differs.keys() - removed.keys()}, removed


@raising_unavailable()
def roll_secret(
    db: Documents, owner: ObjectId, channel_id: str | ObjectId, now: datetime
) -> Channel:
    """Replace the secret of a webhook, which is signed with both for a day.

    Raise NotFoundError, and ConflictError when another window has just replaced it: what both show
    would be signed with neither.
    """
    channel = find(db, owner, channel_id)
    if channel["type"] != "webhook":
        raise ConflictError(f"a channel of the type {channel['type']} has no secret of ours")
    replaced = channel["settings"]["secret"]
    new = {
        "secret": make_secret(),
        "old_secret": replaced,
        "old_secret_until": (now + OLD_SECRET_KEPT).isoformat(),
    }
    as_before = {"_id": channel["_id"], "settings.secret": replaced}
    change = {"$set": {f"settings.{name}": text for name, text in new.items()}}
    if not _collection(db).update_one(as_before, change).matched_count:
        raise ConflictError("the secret was replaced a moment ago: replace it again to see it")
    return {**channel, "settings": channel["settings"] | new}


@raising_unavailable()
def remove(db: Documents, owner: ObjectId, channel_id: str | ObjectId) -> Channel:
    """Delete a channel and return it; raise NotFoundError."""
    channel = find(db, owner, channel_id)
    _collection(db).delete_one({"_id": channel["_id"]})
    return channel


@raising_unavailable()
def note_success(db: Documents, channel_id: ObjectId) -> None:
    """Note that a message has arrived."""
    _collection(db).update_one({"_id": channel_id}, {"$unset": {"failing_since": ""}})


@raising_unavailable()
def note_failure(db: Documents, channel: Channel, now: datetime) -> datetime:
    """Note that an attempt failed; return since when the channel has been failing."""
    since = channel.get("failing_since", now)
    _collection(db).update_one({"_id": channel["_id"]}, {"$min": {"failing_since": since}})
    return since


@raising_unavailable()
def move(db: Documents, channel: Channel, settings: Mapping[str, str]) -> None:
    """Note settings under which the receiver is now, unless the owner has just changed them."""
    as_before: Document = {f"settings.{name}": channel["settings"].get(name) for name in settings}
    change = {"$set": {f"settings.{name}": text for name, text in settings.items()}}
    _collection(db).update_one({"_id": channel["_id"], **as_before}, change)


@raising_unavailable()
def note_speed(db: Documents, channel: Channel, *, is_slow: bool) -> None:
    """Note whether the receiver took long for a message, when that has changed."""
    if is_slow != channel.get("is_slow", False):
        _collection(db).update_one({"_id": channel["_id"]}, {"$set": {"is_slow": is_slow}})


@raising_unavailable()
def switch_off(db: Documents, channel: Channel, reason: str) -> None:
    """Switch a channel off for good, or until its owner switches it on; a browser's is deleted."""
    if channel["type"] == "web_push":
        _collection(db).delete_one({"_id": channel["_id"]})
        return
    change = {"$set": {"enabled": False, "disabled_reason": reason}}
    _collection(db).update_one({"_id": channel["_id"]}, change)


@raising_unavailable()
def occupy(
    db: Documents, channel_id: ObjectId, job: str, now: datetime, until: datetime
) -> Channel | None:
    """Reserve a channel for a job, or prolong that; return it, None while another job has it.

    So its messages are sent in order and once, whatever happens to Redis and its queue.
    """
    is_free = {"$or": [{"busy_until": {"$lte": now}}, {"busy_until": None}, {"busy_with": job}]}
    changed = _collection(db).update_one(
        {"_id": channel_id, **is_free}, {"$set": {"busy_until": until, "busy_with": job}}
    )
    return _collection(db).find_one({"_id": channel_id}) if changed.matched_count else None


@raising_unavailable()
def free(db: Documents, ids: Sequence[ObjectId], now: datetime) -> list[Channel]:
    """Return those of these channels that no job sends to at this moment."""
    found = _collection(db).find({"_id": {"$in": list(ids)}})
    return [one for one in found if is_free(one, now)]


@raising_unavailable()
def existing(db: Documents, ids: Sequence[ObjectId]) -> set[ObjectId]:
    """Return those of these ids that are still channels'."""
    return {one["_id"] for one in _collection(db).find({"_id": {"$in": list(ids)}}, {"_id": 1})}


@raising_unavailable()
def failing(db: Documents) -> int:
    """Return how many channels are on and fail."""
    return _collection(db).count_documents({"enabled": True, "failing_since": {"$exists": True}})


@raising_unavailable()
def release(db: Documents, channel_id: ObjectId, job: str) -> None:
    """End the reservation by a job."""
    _collection(db).update_one(
        {"_id": channel_id, "busy_with": job}, {"$unset": {"busy_until": "", "busy_with": ""}}
    )


def _forget_browser(db: Documents, address: str, kept: ObjectId | None = None) -> None:
    _collection(db).delete_many({"settings.endpoint": address, "_id": {"$ne": kept}})


def _existing(channel: Channel | None, channel_id: object) -> Channel:
    if channel is None:
        raise NotFoundError(f"there is no channel {channel_id}")
    return channel


def _collection(db: Documents) -> Collection[Channel]:
    return cast("Collection[Channel]", db.channels)
