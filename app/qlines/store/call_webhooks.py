"""Where an owner wants the calls of devices to go: the collection ``call_webhooks``.

One document for each owner who has set an address, with the outcome of the last calls.
"""

from datetime import datetime, timedelta
from typing import NamedTuple, NotRequired, TypedDict, cast

from bson import ObjectId
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from qlines.clients.mongodb import Documents, raising_unavailable, skipped_in_outage
from qlines.errors import ConflictError, NotFoundError
from qlines.store.ids import object_id
from qlines.webhook.signature import make_secret

KEPT_CALLS = 20
OLD_SECRET_KEPT = timedelta(days=1)  # so long a receiver may still check with the old one
MAX_NOTED_CHARACTERS = 255


class NotedCall(TypedDict):
    """What became of a call: *error* is empty when the webhook answered it.

    *name* is the device's at that time; *milliseconds* is how long the webhook took.
    """

    at: datetime
    device: str
    name: str
    method: str
    error: str
    milliseconds: int


class CallWebhook(TypedDict):
    """A webhook as MongoDB stores it; *_id* is the owner, *calls* are the last ones, oldest first.

    The old secret, and until when messages are signed with it too, are there once it was replaced.
    """

    _id: ObjectId
    url: str
    secret: str
    old_secret: NotRequired[str]
    old_secret_until: NotRequired[datetime]
    secret_at: datetime
    calls: list[NotedCall]


class Signing(NamedTuple):
    """Where to send, and the secrets to sign with, the newest first."""

    url: str
    secrets: list[str]


@raising_unavailable()
def of_owner(db: Documents, owner: str | ObjectId) -> CallWebhook | None:
    """Return the owner's webhook, or None."""
    return _collection(db).find_one({"_id": object_id(owner)})


@raising_unavailable()
def put(db: Documents, owner: ObjectId, url: str, now: datetime) -> str:
    """Set the address, which must have been checked; return the secret when it is a new webhook.

    Its secret and its last calls stay when only the address changes; then "" is returned.
    """
    if _collection(db).update_one({"_id": owner}, {"$set": {"url": url}}).matched_count:
        return ""
    document: CallWebhook = {
        "_id": owner, "url": url, "secret": make_secret(), "secret_at": now, "calls": [],
    }  # fmt: skip
    try:
        _collection(db).insert_one(document)
    except DuplicateKeyError:  # it was set at the same moment, in another window
        return put(db, owner, url, now)
    return document["secret"]


@raising_unavailable()
def roll_secret(db: Documents, owner: ObjectId, now: datetime) -> str:
    """Replace the secret and return the new one; the old one is used beside it for a day.

    Raise NotFoundError without a webhook, ConflictError when another window has just replaced it:
    what both show would be signed with neither.
    """
    before = of_owner(db, owner)
    new = make_secret()
    if before is None:
        raise NotFoundError("there is no webhook for calls: set its address first")
    change = {
        "secret": new, "secret_at": now, "old_secret": before["secret"],
        "old_secret_until": now + OLD_SECRET_KEPT,
    }  # fmt: skip
    as_before = {"_id": owner, "secret": before["secret"]}
    if not _collection(db).update_one(as_before, {"$set": change}).matched_count:
        raise ConflictError("the secret was replaced a moment ago: replace it again to see it")
    return new


@raising_unavailable()
def remove(db: Documents, owner: ObjectId) -> CallWebhook:
    """Delete the webhook and return it; raise NotFoundError without one."""
    found = of_owner(db, owner)
    if found is None:
        raise NotFoundError("there is no webhook for calls")
    _collection(db).delete_one({"_id": owner})
    return found


def note_call(db: Documents, owner: str, call: NotedCall) -> None:
    """Add a call to the last ones, but in an outage; a webhook that was removed stays so."""
    noted: NotedCall = {
        **call,
        "name": call["name"][:MAX_NOTED_CHARACTERS],
        "method": call["method"][:MAX_NOTED_CHARACTERS],
        "error": call["error"][:MAX_NOTED_CHARACTERS],
    }
    with skipped_in_outage():
        _collection(db).update_one(
            {"_id": object_id(owner)},
            {"$push": {"calls": {"$each": [noted], "$slice": -KEPT_CALLS}}},
        )


def signing(webhook: CallWebhook, now: datetime) -> Signing:
    """Return where to send and how to sign at this moment; pure."""
    secrets = [webhook["secret"]]
    if "old_secret" in webhook and webhook["old_secret_until"] > now:
        secrets.append(webhook["old_secret"])
    return Signing(webhook["url"], secrets)


def _collection(db: Documents) -> Collection[CallWebhook]:
    return cast("Collection[CallWebhook]", db.call_webhooks)
