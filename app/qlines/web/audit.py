"""Note what the person of the current request has changed, for the page /audit."""

from flask import request

from qlines.clock import utc_datetime
from qlines.store import audit
from qlines.store.gateway_notices import Author
from qlines.web.auth.identity import me
from qlines.web.deps import deps


def author() -> Author:
    """Return who makes a change now."""
    return Author(me().email, utc_datetime(deps().clock.now_us()))


def noted(what: str, *, who: str = "") -> None:
    """Add an audit line: *what* continues the person's address, as in "renamed the device a to b".

    Call it once the change is made. *who* is for views before which nobody is signed in.
    """
    audit.add(
        deps().db,
        who=who or me().email,
        address=request.remote_addr or "",
        what=what,
        now=utc_datetime(deps().clock.now_us()),
    )
