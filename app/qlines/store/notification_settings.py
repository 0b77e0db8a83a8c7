"""When a person wants messages about alarms in general: ``notification_settings``.

What a channel says of its own goes before it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict, cast

from bson import ObjectId
from pymongo.collection import Collection

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.store.kept import KEPT, Kept
from qlines.store.quiet_hours import QuietHours


class NotificationSettings(TypedDict):
    """The settings of the person *_id*; until *muted_until* they are sent nothing about alarms."""

    _id: ObjectId
    quiet_hours: QuietHours | None
    muted_until: datetime | None


@raising_unavailable()
def of_person(db: Documents, person: ObjectId) -> NotificationSettings:
    """Return a person's settings, those by default when they have set none."""
    found = cast("Mapping[str, Any]", _collection(db).find_one({"_id": person}) or {})
    return {
        "_id": person,
        "quiet_hours": found.get("quiet_hours"),
        "muted_until": found.get("muted_until"),
    }


@raising_unavailable()
def put(
    db: Documents,
    person: ObjectId,
    quiet_hours: QuietHours | Kept | None = KEPT,
    muted_until: datetime | Kept | None = KEPT,
) -> None:
    """Change a person's settings, which must have been checked (quiet_hours.py).

    What is not given stays, also as another window has just set it.
    """
    given = {"quiet_hours": quiet_hours, "muted_until": muted_until}
    changed = {name: value for name, value in given.items() if value is not KEPT}
    _collection(db).update_one({"_id": person}, {"$set": changed}, upsert=True)


def _collection(db: Documents) -> Collection[NotificationSettings]:
    return cast("Collection[NotificationSettings]", db.notification_settings)
