"""/api/notifications: what the bell of the pages shows; for admins."""

from datetime import timedelta
from typing import Any

from flask import Response
from marshmallow import Schema, fields

from qlines.clock import utc_datetime
from qlines.store import unregistered, users
from qlines.store.unregistered import UnregisteredDocument
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint, no_content
from qlines.web.api.fields import milliseconds
from qlines.web.auth.access import admin_only
from qlines.web.auth.identity import me
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
    """The newest messages first, how many of them you have not seen, and how many devices wait."""

    unregistered = fields.Integer()
    unseen = fields.Integer()
    items = fields.List(fields.Nested(NotificationSchema))


class SeenSchema(Schema):
    """When the newest message was sent that was seen: its `at`."""

    until = milliseconds(required=True)


@endpoint(blueprint, "GET", "/notifications", returns=NotificationsSchema(), errors=(403,))
@admin_only
def notifications() -> Response:
    """Return the messages of the last week: at most one an hour about each device.

    They are those that are mailed where mail is set, and are gone with what they are about.
    """
    since = utc_datetime(deps().clock.now_us()) - SHOWN_FOR
    items = [_json(device) for device in unregistered.notified_since(deps().db, since, SHOWN)]
    seen_at = users.find(deps().db, me().user_id).get("bell_seen_at")
    seen_ms = ms_of(seen_at) if seen_at else 0
    body = {
        "unregistered": unregistered.count(deps().db),
        "unseen": sum(item["at"] > seen_ms for item in items),
        "items": items,
    }
    return answer(body)


@endpoint(blueprint, "POST", "/notifications/seen", body=SeenSchema, status=204, errors=(403,))
@admin_only
def note_seen(body: dict[str, Any]) -> Response:
    """Remember for your account, in every browser, that you have seen the messages until then."""
    users.note_bell_seen(deps().db, me().user_id, utc_datetime(body["until"] * 1000))
    return no_content()


def _json(device: UnregisteredDocument) -> dict[str, Any]:
    times = "once" if device["count"] == 1 else f"{device['count']:,} times"
    label = unregistered.label(device["source"], device["name"])
    return {
        "at": ms_of(device["notified_at"]),
        "sentence": f"{label} is not registered: seen {times} by {device['source']}",
        "path": "/unregistered",
    }
