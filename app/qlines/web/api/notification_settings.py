"""/api/notification-settings: when you want no messages about alarms, over any channel."""

from datetime import datetime
from typing import Any

from flask import Response
from marshmallow import Schema, fields

from qlines.clock import utc_datetime
from qlines.errors import FieldError
from qlines.store import notification_settings, quiet_hours
from qlines.store.kept import KEPT, Kept
from qlines.store.notification_settings import NotificationSettings
from qlines.store.quiet_hours import QuietHours
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint
from qlines.web.api.fields import QuietHoursSchema, milliseconds
from qlines.web.audit import noted
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.times import ms_of

blueprint = ApiBlueprint(
    "notification_settings", __name__, description="When you want no messages about alarms"
)


class NotificationSettingsSchema(Schema):
    """What holds for all of your channels; what is not given stays.

    In `quiet_hours` only critical alarms are sent at once, the others when they are over; those of
    a channel itself take precedence. Until `muted_until` nothing about alarms is sent at all.
    """

    quiet_hours = fields.Nested(QuietHoursSchema, allow_none=True)
    muted_until = milliseconds(allow_none=True)


@endpoint(blueprint, "GET", "/notification-settings", returns=NotificationSettingsSchema())
def show_settings() -> Response:
    """Return what holds for all of your channels."""
    return answer(settings_json(notification_settings.of_person(deps().db, me().user_id)))


@endpoint(
    blueprint, "PATCH", "/notification-settings", body=NotificationSettingsSchema,
    returns=NotificationSettingsSchema(),
)  # fmt: skip
def change_settings(body: dict[str, Any]) -> Response:
    """Change what holds for all of your channels."""
    if not body:
        raise FieldError("body", "must contain quiet_hours or muted_until, got none")
    notification_settings.put(deps().db, me().user_id, _hours(body), _until(body))
    noted(f"changed {', '.join(sorted(body))} of all own channels")
    return answer(settings_json(notification_settings.of_person(deps().db, me().user_id)))


def _hours(body: dict[str, Any]) -> QuietHours | Kept | None:
    return quiet_hours.checked(body["quiet_hours"]) if "quiet_hours" in body else KEPT


def _until(body: dict[str, Any]) -> datetime | Kept | None:
    if "muted_until" not in body:
        return KEPT
    return utc_datetime(body["muted_until"] * 1000) if body["muted_until"] else None


def settings_json(settings: NotificationSettings) -> dict[str, Any]:
    """Return the settings as NotificationSettingsSchema describes them."""
    until = settings["muted_until"]
    return {
        "quiet_hours": settings["quiet_hours"],
        "muted_until": ms_of(until) if until else None,
    }
