"""/api/data: the overview of a user's devices, a page at a time."""

from typing import Any

from flask import Response
from marshmallow import Schema, fields

from qlines.store import devices
from qlines.store.status import STATUSES
from qlines.web import overview
from qlines.web.api.device_lists import DeviceIdsSchema
from qlines.web.api.devices import DeviceListSchema, page_request
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint
from qlines.web.api.fields import one_of, tag_filter
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.overview import Row
from qlines.web.times import ms_of_us

blueprint = ApiBlueprint("overview", __name__, description="Your devices with their newest values")

NO_VALUES = "clickhouse does not answer: values and times are missing for now, nothing is lost"


class DataQuerySchema(DeviceListSchema):
    """Which page of the overview."""

    sort = one_of("name", "last_seen", "status", load_default="name")
    status = one_of(*STATUSES, load_default=None)
    tag = tag_filter()


class ValueSchema(Schema):
    """The newest value of a key."""

    ts = fields.Integer()
    value = fields.Raw(metadata={"description": "with the type it was sent with"})


class OverviewRowSchema(Schema):
    """A device with its newest values; last_seen is the server's time, null when never seen."""

    id = fields.String()
    name = fields.String()
    tags = fields.List(fields.String())
    status = fields.String(metadata={"enum": list(STATUSES)})
    last_seen = fields.Integer(allow_none=True)
    values = fields.Dict(keys=fields.String(), values=fields.Nested(ValueSchema))


class SummarySchema(Schema):
    """The number of devices by status and by tag."""

    statuses = fields.Dict(keys=fields.String(), values=fields.Integer())
    tags = fields.Dict(keys=fields.String(), values=fields.Integer())


class RowsSchema(Schema):
    """Rows of the overview."""

    items = fields.List(fields.Nested(OverviewRowSchema))


class OverviewSchema(Schema):
    """A page of the overview."""

    items = fields.List(fields.Nested(OverviewRowSchema))
    total = fields.Integer()
    page = fields.Integer()
    per_page = fields.Integer()


@endpoint(blueprint, "GET", "/data", query=DataQuerySchema, returns=OverviewSchema())
def data(query: dict[str, Any]) -> Response:
    """Return a page of devices with their newest values.

    When ClickHouse does not answer, the devices come without values and the header
    `X-QLines-Notice` says so.
    """
    request, owner = page_request(query), me().user_id
    sort, status = query["sort"], query["status"]
    if sort == "name" and status is None and not request.search:
        page = overview.page_by_name(deps(), owner, request)
    else:
        page = overview.page_by_activity(deps(), owner, request, sort, status)
    body = {
        "items": [row_json(row) for row in page.rows],
        "total": page.total,
        "page": request.page,
        "per_page": request.per_page,
    }
    return answer(body, headers=notice(has_values=page.has_values))


@endpoint(
    blueprint, "POST", "/data/rows", body=DeviceIdsSchema, returns=RowsSchema(), errors=(404,)
)
def rows(body: dict[str, Any]) -> Response:
    """Return the rows of these devices, in this order, without those that do not exist.

    It changes nothing: a POST because an address is too short for 200 ids.
    """
    found = devices.with_ids(deps().db, me().user_id, body["devices"])
    known, has_values = overview.rows_of(deps(), found)
    return answer(
        {"items": [row_json(row) for row in known]}, headers=notice(has_values=has_values)
    )


@endpoint(blueprint, "GET", "/data/summary", returns=SummarySchema())
def summary() -> Response:
    """Return how many devices there are by status and by tag; the tags are sorted."""
    found = overview.summary(deps(), me().user_id)
    body = {
        "statuses": {status: found.by_status.get(status, 0) for status in STATUSES},
        "tags": dict(sorted(found.by_tag.items(), key=lambda item: item[0].casefold())),
    }
    return answer(body, headers=notice(has_values=found.has_values))


@endpoint(
    blueprint, "GET", "/devices/<device_id>/latest", returns=OverviewRowSchema(), errors=(404,)
)
def latest(device_id: str) -> Response:
    """Return one device's row of the overview."""
    device = devices.find(deps().db, device_id, owner=me().user_id)
    [row], has_values = overview.rows_of(deps(), [device])
    return answer(row_json(row), headers=notice(has_values=has_values))


def row_json(row: Row) -> dict[str, Any]:
    """Return one device of the overview as OverviewRowSchema describes it."""
    last_seen_us = row.activity.last_seen_us
    return {
        "id": str(row.device["_id"]),
        "name": row.device["name"],
        "tags": row.device["tags"],
        "status": row.activity.status,
        "last_seen": None if last_seen_us is None else ms_of_us(last_seen_us),
        "values": values_json(row),
    }


def values_json(row: Row) -> dict[str, dict[str, Any]]:
    """Return the newest values by key, sorted by key, each as ValueSchema describes it."""
    return {
        key: {"ts": ms_of_us(latest.ts_us), "value": latest.value}
        for key, latest in sorted(row.latest.items())
    }


def notice(*, has_values: bool) -> dict[str, str]:
    """Return the header that says that values are missing, if they are."""
    return {} if has_values else {"X-QLines-Notice": NO_VALUES}
