"""/api/data: the overview of one's devices, a page at a time."""

import logging
from typing import Any

from bson import ObjectId
from flask import Response
from marshmallow import Schema, fields

from qlines.errors import StoreUnavailableError
from qlines.store import devices, presence, readings
from qlines.web import overview
from qlines.web.api.devices import DeviceListSchema
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint
from qlines.web.api.fields import one_of
from qlines.web.auth.identity import me
from qlines.web.deps import Deps, deps
from qlines.web.meanwhile import meanwhile

log = logging.getLogger(__name__)
blueprint = ApiBlueprint("overview", __name__, description="Your devices with their newest values")

NO_VALUES = "clickhouse does not answer: values and times are missing for now, nothing is lost"


class DataQuerySchema(DeviceListSchema):
    """Which page of the overview."""

    sort = one_of("name", "last_seen", "status", load_default="name")


class ValueSchema(Schema):
    """The newest value of a key."""

    ts = fields.Integer()
    value = fields.Raw(metadata={"description": "with the type it was sent with"})


class OverviewRowSchema(Schema):
    """A device with its newest values; last_seen is null when it was never seen."""

    id = fields.String()
    name = fields.String()
    status = fields.String(metadata={"enum": ["online", "offline", "never"]})
    last_seen = fields.Integer(allow_none=True)
    values = fields.Dict(keys=fields.String(), values=fields.Nested(ValueSchema))


class OverviewSchema(Schema):
    """A page of the overview."""

    items = fields.List(fields.Nested(OverviewRowSchema))
    total = fields.Integer()
    page = fields.Integer()
    per_page = fields.Integer()


@endpoint(blueprint, "GET", "/data", query=DataQuerySchema, returns=OverviewSchema())
def data(query: dict[str, Any]) -> Response:
    """Show a page of devices with their newest values.

    When ClickHouse does not answer, the devices come without values and the header
    `X-QLines-Notice` says so.
    """
    found = deps()
    if query["sort"] == "name":
        items, total, notice = by_name(found, me().user_id, query)
    else:
        items, total, notice = by_sign_of_life(found, me().user_id, query)
    body = {"items": items, "total": total, "page": query["page"], "per_page": query["per_page"]}
    return answer(body, 200, **({"X_QLines_Notice": notice} if notice else {}))


@endpoint(
    blueprint, "GET", "/devices/<device_id>/latest", returns=OverviewRowSchema(), errors=(404,)
)
def latest(device_id: str) -> Response:
    """Show one device's row of the overview."""
    device = devices.find(deps().db, device_id, owner=me().user_id)
    items, notice = rows(deps(), [device])
    return answer(items[0], 200, **({"X_QLines_Notice": notice} if notice else {}))


def by_name(
    found: Deps, owner: ObjectId, query: dict[str, Any]
) -> tuple[list[dict[str, Any]], int, str]:
    """Return a page in the order of names: only this page's values are asked for."""
    # MongoDB counts while ClickHouse looks for values: each takes some 5 ms for 10,000 devices.
    total = meanwhile(lambda: devices.count(found.db, owner, query["search"]))
    page = devices.page_of(
        found.db,
        owner,
        page=query["page"],
        per_page=query["per_page"],
        descending=query["order"] == "desc",
        search=query["search"],
    )
    items, notice = rows(found, page)
    return items, total(), notice


def by_sign_of_life(
    found: Deps, owner: ObjectId, query: dict[str, Any]
) -> tuple[list[dict[str, Any]], int, str]:
    """Return a page in the order of last signs of life or status, which all devices decide."""
    named = devices.names(found.db, owner, query["search"])
    ids = [device for device, _ in named]
    newest = last_seen(found, ids)
    known = presence.of_devices(found.db, ids)
    now_us = found.clock.now_us()
    seen = {
        device: overview.seen_of(known.get(device), newest.get(device), now_us) for device in ids
    }
    order = overview.sorted_ids(named, seen, query["sort"], descending=query["order"] == "desc")
    start = (query["page"] - 1) * query["per_page"]
    page = devices.with_ids(found.db, owner, order[start : start + query["per_page"]])
    items, notice = rows(found, page)
    return items, len(ids), notice


def last_seen(found: Deps, ids: list[str]) -> dict[str, int]:
    """Return the newest reading's time of each device; of none when ClickHouse is away."""
    try:
        with found.clickhouse.client() as client:
            return readings.last_seen_of_devices(client, ids)
    except StoreUnavailableError as error:
        log.warning("sorts without readings: %s", error)
        return {}


def rows(found: Deps, page: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
    """Return the rows of these devices, and a notice when their values are missing."""
    ids = [str(device["_id"]) for device in page]
    latest, notice = latest_values(found, ids)
    known = presence.of_devices(found.db, ids)
    now_us = found.clock.now_us()
    made = []
    for device in page:
        values = latest.get(str(device["_id"]), {})
        newest_us = max((ts_us for ts_us, _ in values.values()), default=None)
        seen = overview.seen_of(
            known.get(str(device["_id"])), newest_us, now_us, readings_known=not notice
        )
        made.append(overview.row(device, values, seen))
    return made, notice


def latest_values(found: Deps, ids: list[str]) -> tuple[dict[str, dict[str, tuple[int, Any]]], str]:
    """Return the newest values by device, and a notice when ClickHouse is away."""
    if not ids:
        return {}, ""
    try:
        with found.clickhouse.client() as client:
            return readings.latest_of_devices(client, ids), ""
    except StoreUnavailableError as error:
        log.warning("shows devices without values: %s", error)
        return {}, NO_VALUES
