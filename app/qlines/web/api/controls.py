"""/api/controls: what people press on a device's page to send commands."""

from collections.abc import Mapping
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from qlines.errors import FieldError
from qlines.store import controls, devices
from qlines.store.control_parameters import TYPES
from qlines.store.control_rules import KINDS, checked_control
from qlines.store.controls import ControlDocument, Place
from qlines.store.device_document import named
from qlines.store.device_rules import checked_tags
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint, no_content
from qlines.web.api.fields import JsonNumber, TrueOrFalse, WholeNumber, one_of
from qlines.web.audit import noted
from qlines.web.auth.identity import me
from qlines.web.deps import deps

blueprint = ApiBlueprint("controls", __name__, description="What is pressed to send commands")

MAX_ORDER = 1_000_000


class ControlListSchema(Schema):
    """Whose controls: those of a device, with those of its tags, or those of a tag."""

    device = fields.String()
    tag = fields.String()


class ParameterSchema(Schema):
    """A parameter. A number may have min, max, step and unit, a text max_length, a choice choices.

    The only parameter of a switch or slider may have an empty name: its value is sent alone.
    """

    name = fields.String(load_default="")
    label = fields.String(load_default="")
    type = one_of(*TYPES, required=True)
    min = JsonNumber()
    max = JsonNumber()
    step = JsonNumber()
    unit = fields.String()
    max_length = WholeNumber()
    choices = fields.List(fields.Raw())


class ControlFieldsSchema(Schema):
    """What a control is, and whose. `parameters` are all of them.

    `params` is what a button sends, any JSON; the other kinds make it of their parameters: a form
    and a parameter with a name an object, a parameter without one its value. `reported_key` is the
    attribute by which the device reports where a switch or slider stands, empty for none.
    """

    device = fields.String()
    tag = fields.String()
    label = fields.String()
    method = fields.String()
    kind = one_of(*KINDS)
    parameters = fields.List(fields.Nested(ParameterSchema))
    params = fields.Raw(allow_none=True)
    ask_first = TrueOrFalse()
    one_way = TrueOrFalse()
    expires_in_seconds = WholeNumber()
    reported_key = fields.String()


class NewControlSchema(ControlFieldsSchema):
    """A new control, of a device or of a tag, behind all others."""

    label = fields.String(required=True)
    method = fields.String(required=True)
    kind = one_of(*KINDS, required=True)


class ControlChangeSchema(ControlFieldsSchema):
    """The fields of a control to change; the others stay."""

    order = WholeNumber(validate=validate.Range(0, MAX_ORDER))


class ControlSchema(ControlChangeSchema):
    """A control: of a device, or of each of your devices with a tag."""

    id = fields.String()
    device = fields.String(allow_none=True)
    tag = fields.String(allow_none=True)


@endpoint(
    blueprint, "GET", "/controls", query=ControlListSchema, returns=ControlSchema(many=True),
    errors=(404,),
)  # fmt: skip
def list_controls(query: dict[str, Any]) -> Response:
    """List the controls of a device, its own and those of its tags, or of a tag, in their order."""
    place, owner = _place(query), me().user_id
    if place.device is None:
        found = controls.of_tag(deps().db, owner, str(place.tag))
    else:
        found = controls.of_device(deps().db, devices.find(deps().db, place.device, owner=owner))
    return answer([control_json(control) for control in found])


@endpoint(
    blueprint, "POST", "/controls", body=NewControlSchema, status=201, returns=ControlSchema(),
    errors=(404, 409),
)  # fmt: skip
def add_control(body: dict[str, Any]) -> Response:
    """Add a control to a device, or to each of your devices with a tag."""
    place = _place(body)
    control = controls.add(deps().db, me().user_id, place, checked_control(body))
    noted(f"added {_named(control)}")
    return answer(control_json(control), 201)


@endpoint(
    blueprint, "PATCH", "/controls/<control_id>", body=ControlChangeSchema,
    returns=ControlSchema(), errors=(404, 409),
)  # fmt: skip
def change_control(body: dict[str, Any], control_id: str) -> Response:
    """Change a control, its place in the order, or whose it is."""
    if not body:
        raise FieldError("body", "must contain at least one field of a control, got none")
    before = controls.find(deps().db, control_id, owner=me().user_id)
    place = _place(body) if {"device", "tag"} & body.keys() else None
    control = controls.change(deps().db, before, body, place)
    noted(f"changed {', '.join(sorted(body))} of {_named(control)}")
    return answer(control_json(control))


@endpoint(blueprint, "DELETE", "/controls/<control_id>", status=204, errors=(404,))
def remove_control(control_id: str) -> Response:
    """Remove a control; commands that it has sent stay."""
    control = controls.find(deps().db, control_id, owner=me().user_id)
    controls.remove(deps().db, control)
    noted(f"removed {_named(control)}")
    return no_content()


def _place(given: Mapping[str, Any]) -> Place:
    """Return where the control is; raise NotFoundError for another's device."""
    device, tag = given.get("device"), given.get("tag")
    if device is not None and tag is None:
        return Place(devices.find(deps().db, device, owner=me().user_id)["_id"], None)
    if tag is None or device is not None:
        got = "none" if tag is None else "both"
        raise FieldError("device", f"or tag must be given, and not both, got {got}")
    try:
        return Place(None, checked_tags([tag])[0])
    except FieldError as error:
        raise FieldError("tag", error.reason) from None


def _named(control: ControlDocument) -> str:
    """Return the control as audit lines name it."""
    place = control["device"]
    if place is None:
        return f"the control {control['label']!r} of the tag {control['tag']}"
    device = devices.find(deps().db, place, owner=control["owner"])
    return f"the control {control['label']!r} of {named(device)}"


def control_json(control: ControlDocument) -> dict[str, Any]:
    """Return the control as ControlSchema describes it."""
    return {
        "id": str(control["_id"]),
        "device": str(control["device"]) if control["device"] else None,
        "tag": control["tag"],
        "order": control["order"],
        **controls.given(control),
    }
