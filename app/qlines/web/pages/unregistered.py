"""The page /unregistered: strangers that an admin may register."""

from flask import Blueprint, render_template

from qlines.web.auth.marks import admin_only

blueprint = Blueprint("strangers", __name__)


@blueprint.get("/unregistered")
@admin_only
def unregistered() -> str:
    """Show the table of devices that somebody named but nobody registered."""
    return render_template("unregistered.html")
