"""The page /claim, where somebody takes over a device, and the form to give one back."""

from urllib.parse import urlencode

from flask import Blueprint, flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from qlines.clock import utc_datetime
from qlines.errors import ConflictError, NotFoundError
from qlines.store import claims, devices
from qlines.store.device_document import DeviceDocument
from qlines.web import link_address
from qlines.web.auth.identity import me
from qlines.web.claims import claimed_or_raise, give_back_device
from qlines.web.deps import deps
from qlines.web.qr_code import qr_code
from qlines.web.times import ms_of

blueprint = Blueprint("claims_page", __name__)


@blueprint.get("/claim")
def form() -> str:
    """Show the form; a link or a QR code fills it by `?name=…&secret=…`. It changes nothing."""
    return _form(request.args.get("name", ""), request.args.get("secret", ""))


@blueprint.post("/claim")
def claim() -> Response:
    """Claim the device and lead to its page, or show why that was not possible."""
    name, secret = request.form.get("name", ""), request.form.get("secret", "")
    try:
        device = claimed_or_raise(name, secret)
    except NotFoundError as error:
        return make_response(_form(name, "", error=str(error)), 404)
    except ConflictError as error:
        return make_response(_form(name, secret, error=str(error)), 409)
    flash(f"{device['name']} is yours now.", "success")
    return redirect(f"/devices/{device['_id']}")


@blueprint.post("/devices/<device_id>/give-back")
def give_back(device_id: str) -> Response:
    """Give a claimed device back; raise NotFoundError for another's, ConflictError likewise."""
    device = devices.find(deps().db, device_id, owner=me().user_id)
    give_back_device(device)
    flash(f"{device['name']} was given back.", "success")
    return redirect("/devices")


def state_of(device: DeviceDocument) -> dict[str, object]:
    """Return what the device's page shows: since when it is claimed, or by what it can be."""
    former = device.get("claimed_from")
    if former:
        return {"claimed_at": ms_of(former["at"])}
    now = utc_datetime(deps().clock.now_us())
    for offer in claims.open_of(deps().db, [device["_id"]], now):
        link = _link(device["name"], offer["secret"])
        return {
            "link": link,
            "qr_code": qr_code(link),
            "secret": offer["secret"],
            "expires_at": ms_of(offer["expires_at"]),
        }
    return {}


def _link(name: str, secret: str) -> str:
    origin = link_address.shown(deps().public_url, request.host_url.rstrip("/"))
    return f"{origin.url}/claim?{urlencode({'name': name, 'secret': secret})}"


def _form(name: str, secret: str, *, error: str = "") -> str:
    return render_template("claim.html", name=name, secret=secret, error=error)
