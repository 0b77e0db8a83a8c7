"""The pages /devices and /devices/<id>; their scripts load the data from the API."""

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from qlines.store import devices
from qlines.web.api.device_json import device_json
from qlines.web.auth.identity import me
from qlines.web.deps import deps

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def start() -> Response:
    """Redirect from / to the list of devices."""
    return redirect("/devices")


@blueprint.get("/devices")
def overview() -> str:
    """Show the table of the user's devices."""
    return render_template("dash_devices.html")


@blueprint.get("/devices/<device_id>")
def single(device_id: str) -> str:
    """Show one device; the page's script loads its values. Raise NotFoundError for another's."""
    device = devices.find(deps().db, device_id, owner=me().user_id)
    displays = device_json(device)["displays"]
    return render_template("dash_device_single.html", device=device, displays=displays)
