"""The page /system: what is wrong, what to do, and the last day in charts; for admins."""

from flask import Blueprint, render_template

from qlines.version import VERSION
from qlines.web.auth.access import admin_only
from qlines.web.deps import deps

blueprint = Blueprint("system_page", __name__)


@blueprint.get("/system")
@admin_only
def system() -> str:
    """Show the frame; the page's script loads the report and the samples of the last day."""
    return render_template("system.html", version=VERSION, twin=deps().twin)
