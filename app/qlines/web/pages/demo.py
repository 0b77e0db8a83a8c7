"""The page /demo/mail: what a demonstration would have mailed, for admins."""

from flask import Blueprint, render_template

from qlines.demo import MAIL_PAGE
from qlines.store import caught_mail
from qlines.web.auth.access import admin_only
from qlines.web.deps import deps
from qlines.web.times import ms_of

blueprint = Blueprint("demo", __name__)


@blueprint.get(MAIL_PAGE)
@admin_only
def mail() -> str:
    """Show the mails that the demonstration has kept, the newest first."""
    return render_template("demo_mail.html", mails=caught_mail.newest(deps().db), ms_of=ms_of)
