"""/api/devices/{tag,untag,remove,export}: many devices at once."""

from collections.abc import Sequence
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from qlines.store import device_batches, device_csv, devices, gateway_notices
from qlines.store.device_document import DeviceDocument, named_all
from qlines.store.device_rules import MAX_TAG_CHARACTERS, MAX_TAGS, checked_tags
from qlines.store.devices import PageRequest
from qlines.store.status import STATUSES
from qlines.web import overview
from qlines.web.api.endpoint import CSV_DOCUMENT, ApiBlueprint, answer, endpoint
from qlines.web.api.fields import TrueOrFalse, one_of, search_text, tag_filter
from qlines.web.audit import author, noted
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.registry_wait import await_removal

blueprint = ApiBlueprint("device_lists", __name__, description="Many devices at once")

MAX_DEVICES = 200  # as many as a page of the overview; the audit line names each


def _ids(**options: Any) -> fields.List[str]:
    rule = f"must be 1 to {MAX_DEVICES} ids"
    return fields.List(
        fields.String(), validate=validate.Length(1, MAX_DEVICES, error=rule), **options
    )


class DeviceIdsSchema(Schema):
    """Which of your devices."""

    devices = _ids(required=True)


class TaggingSchema(DeviceIdsSchema):
    """Tags that the devices get in addition to their own, or lose."""

    tags = fields.List(
        fields.String(validate=validate.Length(max=MAX_TAG_CHARACTERS)),
        required=True,
        validate=validate.Length(1, MAX_TAGS),
    )


class ListExportSchema(Schema):
    """Which devices: these, or those that match the filters; without any, all of them."""

    devices = _ids(load_default=None)
    search = search_text()
    tag = tag_filter()
    status = one_of(*STATUSES, load_default=None)
    tokens = TrueOrFalse(load_default=False)


class CountSchema(Schema):
    """How many devices were changed."""

    count = fields.Integer()


class TaggedSchema(CountSchema):
    """How many devices have the tags now, and by tag those that did not have it before."""

    added = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))


@endpoint(
    blueprint, "POST", "/devices/tag", body=TaggingSchema, returns=TaggedSchema(), errors=(404,)
)
def tag(body: dict[str, Any]) -> Response:
    """Add tags to devices: to all of them, or to none."""
    tags = checked_tags(body["tags"])
    tagged = device_batches.add_tags(deps().db, me().user_id, body["devices"], tags)
    noted(f"added the tags {', '.join(tags)} to {named_all(tagged)}")
    added = {
        tag: [str(device["_id"]) for device in tagged if tag not in device["tags"]] for tag in tags
    }
    return answer({"count": len(tagged), "added": added})


@endpoint(
    blueprint, "POST", "/devices/untag", body=TaggingSchema, returns=CountSchema(), errors=(404,)
)
def untag(body: dict[str, Any]) -> Response:
    """Take tags from devices: from all of them, or from none."""
    untagged = device_batches.remove_tags(deps().db, me().user_id, body["devices"], body["tags"])
    noted(f"removed the tags {', '.join(body['tags'])} from {named_all(untagged)}")
    return answer({"count": len(untagged)})


@endpoint(
    blueprint, "POST", "/devices/remove", body=DeviceIdsSchema, returns=CountSchema(),
    errors=(404,),
)  # fmt: skip
def remove(body: dict[str, Any]) -> Response:
    """Remove devices, all of them or none: their tokens are refused, their readings hidden."""
    by = author()
    with gateway_notices.removing(deps().db, body["devices"], by):
        removed = devices.remove_all(deps().db, me().user_id, body["devices"], by.now)
    await_removal(str(removed[-1]["_id"]))
    noted(f"removed {named_all(removed)}")
    return answer({"count": len(removed)})


@endpoint(
    blueprint, "POST", "/devices/export", body=ListExportSchema, body_required=False,
    returns=CSV_DOCUMENT, content_type="text/csv", errors=(404,),
)  # fmt: skip
def export(body: dict[str, Any]) -> Response:
    """Return devices as the CSV file that an import takes; tokens only when they are asked for."""
    exported = _chosen(body)
    text = device_csv.write(exported, me().email, has_tokens=body["tokens"])
    noted(f"exported the list{' with tokens' * body['tokens']} of {named_all(exported)}")
    response = Response(text, mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename="devices.csv")
    return response


def _chosen(body: dict[str, Any]) -> Sequence[DeviceDocument]:
    owner = me().user_id
    if body["devices"] is not None:
        return devices.all_with_ids(deps().db, owner, body["devices"])
    request = PageRequest(1, 1, search=body["search"], tag=body["tag"])
    ids = overview.ids_of(deps(), owner, request, "name", body["status"])
    return devices.with_ids(deps().db, owner, ids)
