"""The pages of devices: the list, a new one, an import, and one; their scripts load the data."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from qlines.store import controls, devices, products, waiting_devices
from qlines.web.api.controls import control_json
from qlines.web.api.device_json import device_json
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.first_message import TEST_KEY
from qlines.web.pages import claims

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def start() -> Response:
    """Redirect from / to the list of devices."""
    return redirect("/devices")


@blueprint.get("/devices")
def overview() -> str:
    """Show the table of the user's devices."""
    waiting = waiting_devices.count(deps().db, me().user_id)
    return render_template("dash_devices.html", waiting=waiting)


@blueprint.get("/devices/new")
def add() -> str:
    """Show the first steps: the form for a name, or with `?device=ID` how to connect that device.

    So a reload, and a link, resume the same step. Raise NotFoundError for another's device.
    """
    owner = me().user_id
    device_id = request.args.get("device")
    device = devices.find(deps().db, device_id, owner=owner) if device_id else None
    is_first = device is None and devices.count(deps().db, owner) == 0
    return render_template("add_device.html", device=device, is_first=is_first, test_key=TEST_KEY)


@blueprint.get("/devices/import")
def import_file() -> str:
    """Show the form for a CSV file; the page's script shows the preview."""
    return render_template("import_devices.html")


@blueprint.get("/devices/<device_id>")
def single(device_id: str) -> str:
    """Show one device; the page's script loads its values. Raise NotFoundError for another's."""
    device = devices.find(deps().db, device_id, owner=me().user_id)
    shown = [control_json(control) for control in controls.of_device(deps().db, device)]
    return render_template(
        "dash_device_single.html",
        device=device,
        displays=device_json(device)["displays"],
        controls=shown,
        claim=claims.state_of(device),
        products=products.of_owner(deps().db, me().user_id),
    )
