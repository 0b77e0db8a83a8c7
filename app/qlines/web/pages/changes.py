"""The page /changes: who changed what, when and from where; for admins."""

from flask import Blueprint, render_template, request

from qlines.clock import utc_datetime
from qlines.store import audit
from qlines.web.auth.access import admin_only
from qlines.web.deps import deps
from qlines.web.times import ms_of

blueprint = Blueprint("changes", __name__)

LINES = 100
MAX_MS = 253_402_300_799_000  # the end of the year 9999, as far as datetimes go


@blueprint.get("/changes")
@admin_only
def changes() -> str:
    """Show a hundred changes, the newest first: the last ones, or those before `?before=MS`."""
    before_ms = request.args.get("before", type=int)
    before = None
    if before_ms is not None:
        before = utc_datetime(min(max(before_ms, 0), MAX_MS) * 1000)
    lines = audit.newest(deps().db, LINES, before=before)
    older = ms_of(lines[-1]["at"]) if len(lines) == LINES else None
    return render_template(
        "changes.html", lines=lines, older=older, is_newest=before is None, ms_of=ms_of
    )
