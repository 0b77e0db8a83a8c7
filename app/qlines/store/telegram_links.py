"""Codes by which people link their chats of Telegram, and what is known of the bot.

The collection ``telegram_links`` has the SHA-256 of each code, so nobody can use what the database
or a backup of it contains. A code is for one chat and for LIFETIME; how it ended can be asked for a
day. ``telegram_bots`` has the bot's name, how far its updates were read, and what is wrong.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Literal, NotRequired, TypedDict, cast

from bson import ObjectId
from pymongo.collection import Collection

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.errors import NotFoundError
from qlines.store.ids import object_id

LIFETIME = timedelta(minutes=15)
KEPT = timedelta(days=1)
CODE_BYTES = 16

State = Literal["waiting", "linked", "failed", "expired"]


class TelegramLink(TypedDict):
    """A code and what became of it: the *channel* of its chat, or a *problem* in a sentence."""

    _id: ObjectId
    owner: ObjectId
    code: str
    created_at: datetime
    open: NotRequired[bool]
    channel: NotRequired[ObjectId]
    problem: NotRequired[str]


class TelegramBot(TypedDict):
    """The bot with this id. *offset* is the number of the next update; *problem* may be ""."""

    _id: str
    username: NotRequired[str]
    offset: NotRequired[int]
    problem: NotRequired[str]


@raising_unavailable()
def add(db: Documents, owner: ObjectId, now: datetime) -> tuple[TelegramLink, str]:
    """Make a code for a person, and return its document and the code, which is stored nowhere.

    A code that the person was given before no longer works.
    """
    code = secrets.token_urlsafe(CODE_BYTES)
    _links(db).update_many({"owner": owner, "open": True}, {"$unset": {"open": ""}})
    link: TelegramLink = {
        "_id": ObjectId(), "owner": owner, "code": _hash(code), "created_at": now, "open": True,
    }  # fmt: skip
    _links(db).insert_one(link)
    return link, code


@raising_unavailable()
def find(db: Documents, owner: ObjectId, link_id: str) -> TelegramLink:
    """Return a person's link by its id; raise NotFoundError."""
    found = _links(db).find_one({"_id": object_id(link_id), "owner": owner})
    if found is None:
        raise NotFoundError(f"there is no link {link_id}")
    return found


def state_of(link: TelegramLink, now: datetime) -> State:
    """Return what became of a link; pure."""
    if "channel" in link:
        return "linked"
    if "problem" in link:
        return "failed"
    is_open = "open" in link and now < link["created_at"] + LIFETIME
    return "waiting" if is_open else "expired"


@raising_unavailable()
def by_code(db: Documents, code: str, now: datetime) -> TelegramLink | None:
    """Return the link of a code that still works, or None."""
    return _links(db).find_one({"code": _hash(code), **_waiting(now)})


@raising_unavailable()
def channel_by(db: Documents, code: str) -> ObjectId | None:
    """Return the channel of the chat that was linked by a code, None when none was."""
    found = _links(db).find_one({"code": _hash(code)})
    return found.get("channel") if found else None


@raising_unavailable()
def is_any_waiting(db: Documents, now: datetime) -> bool:
    """Return whether somebody may send a code at this moment."""
    return _links(db).find_one(_waiting(now), {"_id": 1}) is not None


@raising_unavailable()
def end(
    db: Documents, link: TelegramLink, *, channel: ObjectId | None = None, problem: str = ""
) -> None:
    """Note what became of a link; its code no longer works."""
    outcome = {"channel": channel} if channel else {"problem": problem}
    _links(db).update_one({"_id": link["_id"]}, {"$set": outcome, "$unset": {"open": ""}})


@raising_unavailable()
def bot(db: Documents, bot_id: str) -> TelegramBot:
    """Return what is known of a bot, be it nothing."""
    return _bots(db).find_one({"_id": bot_id}) or {"_id": bot_id}


@raising_unavailable()
def note_bot(
    db: Documents,
    bot_id: str,
    *,
    username: str | None = None,
    offset: int | None = None,
    problem: str | None = None,
) -> None:
    """Note what is known now; what is None stays."""
    given = {"username": username, "offset": offset, "problem": problem}
    change = {"$set": {name: value for name, value in given.items() if value is not None}}
    _bots(db).update_one({"_id": bot_id}, change, upsert=True)


def _waiting(now: datetime) -> dict[str, object]:
    return {"open": True, "created_at": {"$gt": now - LIFETIME}}


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _links(db: Documents) -> Collection[TelegramLink]:
    return cast("Collection[TelegramLink]", db.telegram_links)


def _bots(db: Documents) -> Collection[TelegramBot]:
    return cast("Collection[TelegramBot]", db.telegram_bots)
