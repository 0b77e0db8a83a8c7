"""When a person wants messages about alarms in general: ``notification_settings``.

What a channel says of its own goes before it.
"""

from datetime import datetime
from typing import TypedDict, cast

from bson import ObjectId
from pymongo.collection import Collection

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.store.quiet_hours import QuietHours


class NotificationSettings(TypedDict):
    """The settings of the person *_id*; until *muted_until* they are sent nothing about alarms."""

    _id: ObjectId
    quiet_hours: QuietHours | None
    muted_until: datetime | None


@raising_unavailable()
def of_person(db: Documents, person: ObjectId) -> NotificationSettings:
    """Return a person's settings, those by default when they have set none."""
    found = _collection(db).find_one({"_id": person})
    return found or {"_id": person, "quiet_hours": None, "muted_until": None}


@raising_unavailable()
def put(
    db: Documents, person: ObjectId, quiet_hours: QuietHours | None, muted_until: datetime | None
) -> None:
    """Replace a person's settings, which must have been checked (quiet_hours.py)."""
    change = {"$set": {"quiet_hours": quiet_hours, "muted_until": muted_until}}
    _collection(db).update_one({"_id": person}, change, upsert=True)


def _collection(db: Documents) -> Collection[NotificationSettings]:
    return cast("Collection[NotificationSettings]", db.notification_settings)
