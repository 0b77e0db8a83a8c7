"""An owner's whole fleet: what sorting, filtering and searching need, two seconds old.

After a pause it may be 30 seconds old, once (kept_fleets.py); a device that was added, renamed or
removed, also by another program, is there at once. The rows of a page are always fresh; only which
ones they are, and their order, may be as old.
"""

import logging

from bson import ObjectId
from flask import Flask, Response, request

from qlines.errors import StoreUnavailableError
from qlines.store import devices, presence, readings
from qlines.store.status import activity_of
from qlines.web.auth.guard import SAFE_METHODS
from qlines.web.background import in_background
from qlines.web.deps import Deps, deps
from qlines.web.kept_fleets import Fleet

log = logging.getLogger(__name__)

# Endpoints that only read, and are sent by POST because an address has no room for what is asked.
READS = frozenset({"overview.rows"})


def of_owner(deps: Deps, owner: ObjectId) -> Fleet:
    """Return the fleet as it is, or was a short time ago (kept_fleets.py)."""
    return deps.fleets.of(owner, deps.clock, lambda: _ask(deps, owner))


def init_app(app: Flask) -> None:
    """Forget the fleets after each change by a request, so that the next one shows it."""

    def forget(response: Response) -> Response:
        is_read = request.method in SAFE_METHODS or request.endpoint in READS
        if not is_read and response.status_code < 400:
            deps().fleets.clear()
        return response

    app.after_request(forget)


def _ask(deps: Deps, owner: ObjectId) -> Fleet:
    named = devices.names(deps.db, owner)
    ids = [device.id for device in named]
    newest_of = in_background(lambda: _last_readings(deps, ids))  # while MongoDB answers
    presences = presence.of_devices(deps.db, ids, deps.side)
    newest = newest_of()
    has_values = newest is not None
    now_us = deps.clock.now_us()
    activities = {
        device_id: activity_of(
            presences.get(device_id), (newest or {}).get(device_id), now_us,
            readings_known=has_values,
        )
        for device_id in ids
    }  # fmt: skip
    return Fleet(named, activities, has_values)


def _last_readings(deps: Deps, ids: list[str]) -> dict[str, int] | None:
    """Return when each device's newest reading arrived, None when ClickHouse does not answer."""
    try:
        with deps.clickhouse.client() as client:
            return readings.last_seen_of_devices(client, ids)
    except StoreUnavailableError as error:
        log.warning("sorted devices without readings: %s", error)
        return None
