"""/api/devices/{id}/keys and /readings: a device's history."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from clickhouse_driver import Client
from flask import Response, request
from marshmallow import Schema, fields, validate

from qlines.errors import FieldError
from qlines.store import devices, readings
from qlines.store.points import TimedValue
from qlines.store.series import BandPoint, bands, series
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint
from qlines.web.api.fields import MAX_MS, Keys, one_of, whole_number
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.history_queries import history_client
from qlines.web.times import ms_of_us

blueprint = ApiBlueprint("readings", __name__, description="The history of your devices")

DAY_MS = 86_400_000
MAX_KEYS = 50  # per request; a chart shows fewer
MAX_POINTS = 25_000  # of all keys of a request: the default number for as many keys as allowed
SERIES_DOCUMENT = {
    "type": "object",
    "additionalProperties": {
        "type": "array",
        "items": {"type": "array", "items": {}, "minItems": 2, "maxItems": 4},
    },
    "example": {"temperature": [[1790000000000, 21.5], [1790000060000, 21.6]]},
}


class ReadingsQuerySchema(Schema):
    """Which readings; without keys all keys, without times the last 24 hours."""

    keys = Keys(load_default=list)
    from_ms = whole_number(0, MAX_MS, data_key="from", load_default=None)
    to_ms = whole_number(0, MAX_MS, data_key="to", load_default=None)
    points = whole_number(1, 5000, load_default=500)
    agg = one_of("avg", "min", "max", "sum", "count", "last", "band", "none", load_default="avg")
    limit = whole_number(1, 10_000, load_default=1000)
    cursor = fields.String(load_default=None, validate=validate.Length(max=500))


@endpoint(
    blueprint, "GET", "/devices/<device_id>/keys",
    returns={"type": "array", "items": {"type": "string"}}, errors=(404, 429),
)  # fmt: skip
def list_keys(device_id: str) -> Response:
    """List all keys that the device ever sent."""
    device = str(devices.find(deps().db, device_id, owner=me().user_id)["_id"])
    with history_client() as client:
        return answer(readings.keys_of_device(client, device))


@endpoint(
    blueprint, "GET", "/devices/<device_id>/readings", query=ReadingsQuerySchema,
    returns=SERIES_DOCUMENT, errors=(404, 429),
)  # fmt: skip
def show_readings(query: dict[str, Any], device_id: str) -> Response:
    """Return readings, oldest first: at most `points` per key, or unchanged with `agg=none`.

    `agg=none` returns `limit` readings at a time; while there are more, the header
    `X-QLines-Next-Cursor` contains the `cursor` of the next page and `Link` its address.

    `agg=band` returns `[ts, mean, lowest, highest]`. Where the time ends with a text or JSON, that
    is in the place of the mean, and the last two are null.
    """
    device = str(devices.find(deps().db, device_id, owner=me().user_id)["_id"])
    from_ms, to_ms = time_range(query["from_ms"], query["to_ms"], deps().clock.now_us() // 1000)
    with history_client() as client:
        keys = query["keys"] or readings.keys_of_device(client, device)[:MAX_KEYS]
        if len(keys) > MAX_KEYS:
            raise FieldError(
                "keys",
                f"must name at most {MAX_KEYS} keys, got {len(keys)}: ask for fewer at a time",
            )
        if query["agg"] == "none":
            return _raw(client, device, keys, from_ms, to_ms, query)
        if len(keys) * query["points"] > MAX_POINTS:
            raise FieldError(
                "points",
                f"must be at most {MAX_POINTS:,} for all keys together, got {query['points']} for "
                f"each of {len(keys)} keys: ask for fewer points or fewer keys at a time",
            )
        selection = (client, device, keys, from_ms * 1000, to_ms * 1000, query["points"])
        by_key: Mapping[str, list[Any]] = (
            _bands_in_ms(bands(*selection))
            if query["agg"] == "band"
            else _in_ms(series(*selection, query["agg"]))
        )
    return answer({key: by_key.get(key, []) for key in keys})


def time_range(from_ms: int | None, to_ms: int | None, now_ms: int) -> tuple[int, int]:
    """Return (from, to), by default the last 24 hours; raise FieldError unless from is earlier."""
    end = now_ms if to_ms is None else to_ms
    start = end - DAY_MS if from_ms is None else from_ms
    if start >= end:
        raise FieldError("from", f"must be before 'to', got {start} and {end}")
    return start, end


def _in_ms(series_by_key: Mapping[str, list[TimedValue]]) -> dict[str, list[Any]]:
    return {
        key: [(ms_of_us(ts_us), value) for ts_us, value in values]
        for key, values in series_by_key.items()
    }


def _bands_in_ms(bands_by_key: Mapping[str, list[BandPoint]]) -> dict[str, list[Any]]:
    return {
        key: [(ms_of_us(one.ts_us), one.value, one.lowest, one.highest) for one in band]
        for key, band in bands_by_key.items()
    }


def _raw(
    client: Client, device: str, keys: list[str], from_ms: int, to_ms: int, query: dict[str, Any]
) -> Response:
    page = readings.raw(
        client, device, keys, from_ms * 1000, to_ms * 1000, query["limit"], query["cursor"]
    )
    by_key: dict[str, list[tuple[int, Any]]] = {key: [] for key in keys}
    for point in page.points:
        by_key[point.key].append((ms_of_us(point.ts_us), point.value))
    cursor = page.next_cursor
    if not cursor:
        return answer(by_key)
    # The link pins the range: "the last 24 hours" would otherwise move from page to page.
    pinned = {"from": from_ms, "to": to_ms, "keys": ",".join(keys), "cursor": cursor}
    address = f"{request.path}?{urlencode({**request.args, **pinned})}"
    headers = {"X-QLines-Next-Cursor": cursor, "Link": f'<{address}>; rel="next"'}
    return answer(by_key, headers=headers)
