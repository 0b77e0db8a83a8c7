"""The page /unregistered: devices that an admin can register."""

from flask import Blueprint, render_template

from qlines.web.auth.access import admin_only

blueprint = Blueprint("unregistered_page", __name__)


@blueprint.get("/unregistered")
@admin_only
def unregistered() -> str:
    """Show the table of devices that sent messages but are not registered."""
    return render_template("unregistered.html")
