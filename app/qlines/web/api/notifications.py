"""/api/notifications: what the bell of the pages shows; for admins."""

from datetime import timedelta
from typing import Any

from flask import Response
from marshmallow import Schema, fields

from qlines.clock import utc_datetime
from qlines.store import unregistered
from qlines.store.unregistered import UnregisteredDocument
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint
from qlines.web.auth.access import admin_only
from qlines.web.deps import deps
from qlines.web.times import ms_of

blueprint = ApiBlueprint("notifications", __name__, description="The bell; for admins")

SHOWN = 20
SHOWN_FOR = timedelta(days=7)


class NotificationSchema(Schema):
    """A message to the admins, with the page that it is about."""

    at = fields.Integer()
    sentence = fields.String()
    path = fields.String()


class NotificationsSchema(Schema):
    """The newest messages first, and how many devices wait to be registered."""

    unregistered = fields.Integer()
    items = fields.List(fields.Nested(NotificationSchema))


@endpoint(blueprint, "GET", "/notifications", returns=NotificationsSchema(), errors=(403,))
@admin_only
def notifications() -> Response:
    """Return the messages of the last week: at most one an hour about each device.

    They are those that are mailed where mail is set, and are gone with what they are about.
    """
    since = utc_datetime(deps().clock.now_us()) - SHOWN_FOR
    found = unregistered.notified_since(deps().db, since, SHOWN)
    return answer(
        {
            "unregistered": unregistered.count(deps().db),
            "items": [_json(device) for device in found],
        }
    )


def _json(device: UnregisteredDocument) -> dict[str, Any]:
    times = "once" if device["count"] == 1 else f"{device['count']:,} times"
    return {
        "at": ms_of(device["notified_at"]),
        "sentence": f"{device['name']} is not registered: seen {times} by {device['source']}",
        "path": "/unregistered",
    }
