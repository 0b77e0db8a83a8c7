"""The overview: a page of a user's devices with their newest values and their activity.

The devices come from MongoDB's registry, the values from ClickHouse. While ClickHouse does not
answer, the devices come without values.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from bson import ObjectId

from qlines.errors import StoreUnavailableError
from qlines.store import devices, presence, readings
from qlines.store.device_document import DeviceDocument
from qlines.store.device_search import NamedDevice, searched
from qlines.store.devices import PageRequest
from qlines.store.points import TimedValue
from qlines.store.status import Activity, Status, activity_of
from qlines.web import fleet
from qlines.web.background import in_background
from qlines.web.deps import Deps

log = logging.getLogger(__name__)

Latest = dict[str, TimedValue]  # by key
RANK_OF_STATUS: dict[Status, int] = {"online": 0, "offline": 1, "never": 2}


Sort = Literal["name", "last_seen", "status"]


class Row(NamedTuple):
    """One device of the overview."""

    device: DeviceDocument
    activity: Activity
    latest: Latest


class Page(NamedTuple):
    """One page of the overview; *has_values* is false while ClickHouse does not answer."""

    rows: list[Row]
    total: int
    has_values: bool


class Summary(NamedTuple):
    """Numbers of devices; without *has_values* some statuses are uncertain."""

    by_status: Mapping[Status, int]
    by_tag: Mapping[str, int]
    has_values: bool


def page_by_name(deps: Deps, owner: ObjectId, request: PageRequest) -> Page:
    """Return a page sorted by name, which needs the values of this page only.

    For a search page_by_activity() is quicker: MongoDB would run its pattern on all devices twice.
    """
    # MongoDB counts while ClickHouse looks for values: each takes some 5 ms for 10,000 devices.
    total = in_background(lambda: devices.count(deps.db, owner, request.search, request.tag))
    rows, has_values = rows_of(deps, devices.list_page(deps.db, owner, request))
    return Page(rows, total(), has_values)


def page_by_activity(
    deps: Deps, owner: ObjectId, request: PageRequest, sort: Sort, status: Status | None = None
) -> Page:
    """Return a page sorted, filtered or searched by what depends on every device of the owner."""
    ids = ids_of(deps, owner, request, sort, status)
    start = (request.page - 1) * request.per_page
    page = devices.with_ids(deps.db, owner, ids[start : start + request.per_page])
    rows, has_values = rows_of(deps, page)
    return Page(rows, len(ids), has_values)


def ids_of(
    deps: Deps, owner: ObjectId, request: PageRequest, sort: Sort, status: Status | None
) -> list[str]:
    """Return the ids of all pages of a request, in their order."""
    found = fleet.of_owner(deps, owner)
    named = found.named
    if request.search:
        named = searched(named, request.search)
    if request.tag:
        named = [device for device in named if request.tag in device.tags]
    if status:
        named = [device for device in named if found.activities[device.id].status == status]
    return sorted_ids(named, found.activities, sort, descending=request.descending)


def summary(deps: Deps, owner: ObjectId) -> Summary:
    """Return how many devices the owner has by status and by tag."""
    found = fleet.of_owner(deps, owner)
    by_status = Counter(activity.status for activity in found.activities.values())
    by_tag = Counter(tag for device in found.named for tag in device.tags)
    return Summary(by_status, by_tag, found.has_values)


def rows_of(deps: Deps, page: Sequence[DeviceDocument]) -> tuple[list[Row], bool]:
    """Return a row for each device, and whether ClickHouse answered."""
    ids = [str(device["_id"]) for device in page]
    # MongoDB answers while ClickHouse does.
    presences_of = in_background(lambda: presence.of_devices(deps.db, ids, deps.side))
    latest = _latest_values(deps, ids)
    presences = presences_of()
    now_us = deps.clock.now_us()
    rows = []
    for device_id, device in zip(ids, page, strict=True):
        newest = latest.get(device_id) if latest is not None else None
        activity = activity_of(
            presences.get(device_id),
            newest and newest.seen_us,
            now_us,
            readings_known=latest is not None,
        )
        rows.append(Row(device, activity, newest.values if newest else {}))
    return rows, latest is not None


def sorted_ids(
    named: Sequence[NamedDevice],
    activities: Mapping[str, Activity],
    sort: Sort,
    *,
    descending: bool,
) -> list[str]:
    """Return the ids by name, or by last_seen or status and by name where these are equal.

    *named* is sorted by name. By activity a device that was never seen comes last in both
    directions.
    """
    if sort == "name":
        return [device.id for device in (reversed(named) if descending else named)]
    rank = _RANKS[sort]
    seen = [device.id for device in named if activities[device.id].last_seen_us is not None]
    never = [device.id for device in named if activities[device.id].last_seen_us is None]
    # sorted() is stable; reverse=True would also reverse the names of equal ranks.
    sign = -1 if descending else 1
    return sorted(seen, key=lambda device_id: sign * rank(activities[device_id])) + never


_RANKS: dict[str, Callable[[Activity], int]] = {
    "last_seen": lambda activity: activity.last_seen_us or 0,
    "status": lambda activity: RANK_OF_STATUS[activity.status],
}


def _latest_values(deps: Deps, ids: list[str]) -> dict[str, readings.Latest] | None:
    """Return what is newest of each device, None when ClickHouse does not answer."""
    if not ids:
        return {}
    try:
        with deps.clickhouse.client() as client:
            return readings.latest_of_devices(client, ids)
    except StoreUnavailableError as error:
        log.warning("returned devices without values: %s", error)
        return None
