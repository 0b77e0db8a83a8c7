"""/api/exports: files of readings, made by a job of the RQ queue `app1`."""

from typing import Any

from flask import Response, send_from_directory
from marshmallow import Schema, fields

from qlines.clock import utc_datetime
from qlines.errors import BusyError, FieldError, NotFoundError
from qlines.jobs.queue import enqueue_export
from qlines.store import devices, export_store, exports
from qlines.store.device_document import DeviceDocument, named
from qlines.web import twin_exports
from qlines.web.api.endpoint import CSV_DOCUMENT, ApiBlueprint, answer, endpoint
from qlines.web.api.fields import milliseconds, one_of
from qlines.web.audit import noted
from qlines.web.auth.identity import me
from qlines.web.deps import deps

blueprint = ApiBlueprint("exports", __name__, description="Files of readings")

MAX_UNFINISHED = 5  # of one person: the worker writes one export after the other
RETRY_SECONDS = 30


class NewExportSchema(Schema):
    """Which readings of which device; an empty list of keys means all keys."""

    device = fields.String(required=True)
    keys = fields.List(fields.String(), required=True)
    from_ms = milliseconds(required=True, data_key="from")
    to_ms = milliseconds(required=True, data_key="to")
    format = one_of("csv", required=True)


class ExportIdSchema(Schema):
    """The id of the new export."""

    id = fields.String()


class ExportSchema(Schema):
    """The state of an export; `url` is present when it is done, `error` when it failed.

    `percent` is how much of the range a running job has written.
    """

    state = fields.String(metadata={"enum": ["queued", "running", "done", "failed"]})
    percent = fields.Integer()
    url = fields.String()
    error = fields.String()


@endpoint(
    blueprint, "POST", "/exports", body=NewExportSchema, status=202, returns=ExportIdSchema(),
    errors=(404, 429),
)  # fmt: skip
def add_export(body: dict[str, Any]) -> Response:
    """Request a file."""
    if body["from_ms"] >= body["to_ms"]:
        raise FieldError("from", f"must be before 'to', got {body['from_ms']} and {body['to_ms']}")
    device = devices.find(deps().db, body["device"], owner=me().user_id)
    if exports.count_unfinished(deps().db, me().user_id) >= MAX_UNFINISHED:
        raise BusyError(
            f"you have {MAX_UNFINISHED} exports that are not finished, which is the most: "
            "wait until one of them is done",
            status=429,
            retry_seconds=RETRY_SECONDS,
        )
    export_id = exports.add(
        deps().db,
        user=me().user_id,
        device=device["_id"],
        keys=body["keys"],
        from_ms=body["from_ms"],
        to_ms=body["to_ms"],
        now=utc_datetime(deps().clock.now_us()),
    )
    enqueue_export(deps().redis, export_id)
    noted(f"exported readings of {named(device)}")
    return answer({"id": export_id}, 202, headers={"Location": f"/api/exports/{export_id}"})


@endpoint(blueprint, "GET", "/exports/<export_id>", returns=ExportSchema(), errors=(404,))
def show_export(export_id: str) -> Response:
    """Return the state of an export."""
    export = exports.find(deps().db, export_id, user=me().user_id)
    body: dict[str, str | int] = {"state": export["state"]}
    if export["state"] == "running":
        body["percent"] = export.get("percent", 0)
    if export["state"] == "done":
        body["url"] = f"/api/exports/{export_id}/file"
    if export["error"]:
        body["error"] = export["error"]
    return answer(body)


@endpoint(
    blueprint, "GET", "/exports/<export_id>/file", errors=(404,),
    returns=CSV_DOCUMENT, content_type="text/csv",
)  # fmt: skip
def download_export(export_id: str) -> Response:
    """Download the file."""
    export = exports.find(deps().db, export_id, user=me().user_id)
    # The device may have been removed, or given to another owner, since the export was made.
    device = devices.find(deps().db, export["device"], owner=me().user_id)
    if export["state"] != "done" or export["file"] is None:
        raise NotFoundError(f"the export {export_id} has no file: its state is {export['state']}")
    twin = deps().twin
    if twin and export.get("side") == twin.other:
        return _as_download(twin_exports.fetched(twin, export_id), device)
    if export.get("in_database"):
        length, chunks = export_store.read(deps().db, export_id)
        stored = Response(chunks, mimetype="text/csv", headers={"Content-Length": str(length)})
        return _as_download(stored, device)
    file = send_from_directory(deps().exports_dir, export["file"], mimetype="text/csv")
    return _as_download(file, device)


def _as_download(answer: Response, device: DeviceDocument) -> Response:
    """Name the file after its device; an error is not a file."""
    if answer.mimetype == "text/csv":
        name = "".join(char if char.isalnum() or char in "-_" else "_" for char in device["name"])
        answer.headers.set("Content-Disposition", "attachment", filename=f"{name[:60]}.csv")
    return answer
