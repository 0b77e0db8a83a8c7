"""What devices published to be claimed: the collection ``claims``, a document for each device.

The first one stands until it expires; a wrong secret, and being claimed, spends it. A spent one
stays until it expires, so that the same message, read from the spool again, does not bring it back.
"""

import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypedDict, cast

from bson import ObjectId
from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.clock import utc_datetime
from qlines.store import bulk

COLLECTION = "claims"
KEPT = timedelta(days=1)  # after it has expired: no spool is read again that much later


class Claim(NamedTuple):
    """What one device published at *published_us*, itself or *by_gateway*."""

    device: str
    published_us: int
    secret: str
    duration_ms: int
    by_gateway: bool = False


class ClaimDocument(TypedDict):
    """What one device published, as MongoDB stores it."""

    _id: ObjectId
    published_us: int
    secret: str
    expires_at: datetime
    by_gateway: bool
    spent: bool


def note(db: Documents, claims: Iterable[Claim]) -> None:
    """Store what devices published, at most one claim of each; idempotent.

    Ignored are a claim while an earlier one stands, and one of a device that has been claimed.
    """
    wanted = {ObjectId(claim.device): claim for claim in claims}
    for device in _claimed_among(db, list(wanted)):
        del wanted[device]
    bulk.update(
        db[COLLECTION],
        [_update_by(device, claim) for device, claim in wanted.items()],
        # An earlier one stands: the filter does not match, and its id is taken.
        harmless=frozenset({bulk.DUPLICATE_KEY}),
    )


@raising_unavailable()
def _claimed_among(db: Documents, devices: Sequence[ObjectId]) -> list[ObjectId]:
    if not devices:
        return []
    query = {"_id": {"$in": list(devices)}, "claimed_from": {"$exists": True}}
    return [one["_id"] for one in db.devices.find(query, {"_id": 1})]


def _update_by(device: ObjectId, claim: Claim) -> UpdateOne:
    published_at = utc_datetime(claim.published_us)
    stands_no_longer = [{"spent": True}, {"expires_at": {"$lte": published_at}}]
    return UpdateOne(
        {"_id": device, "published_us": {"$lt": claim.published_us}, "$or": stands_no_longer},
        {
            "$set": {
                "published_us": claim.published_us,
                "secret": claim.secret,
                "expires_at": published_at + timedelta(milliseconds=claim.duration_ms),
                "by_gateway": claim.by_gateway,
                "spent": False,
            }
        },
        upsert=True,
    )


@raising_unavailable()
def open_of(db: Documents, devices: Sequence[ObjectId], now: datetime) -> list[ClaimDocument]:
    """Return the claims of these devices that stand."""
    query = {"_id": {"$in": list(devices)}, "spent": False, "expires_at": {"$gt": now}}
    return list(collection(db).find(query))


@raising_unavailable()
def spend(db: Documents, devices: Sequence[ObjectId]) -> None:
    """End the claims of these devices; they must publish another one."""
    collection(db).update_many({"_id": {"$in": list(devices)}}, {"$set": {"spent": True}})


def spend_in_session(db: Documents, session: ClientSession, device: ObjectId) -> None:
    """End the claim of a device whose owner changes."""
    collection(db).update_many({"_id": device}, {"$set": {"spent": True}}, session=session)


@raising_unavailable()
def remove_of_devices(db: Documents, devices: Sequence[ObjectId]) -> None:
    """Delete the claims of devices that are removed."""
    collection(db).delete_many({"_id": {"$in": list(devices)}})


def is_secret(claim: ClaimDocument, secret: str) -> bool:
    """Return whether it is the claim's secret; takes as long for any wrong one."""
    return hmac.compare_digest(claim["secret"].encode(), secret.encode())


def collection(db: Documents) -> Collection[ClaimDocument]:
    """Return the collection with the type of its documents."""
    return cast("Collection[ClaimDocument]", db[COLLECTION])
