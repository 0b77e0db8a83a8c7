"""The page /people: who may sign in, invitations, roles; for admins."""

import logging
from collections.abc import Sequence

from bson import ObjectId
from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from qlines.clock import utc_datetime
from qlines.errors import ConflictError, FieldError, NotFoundError, StoreUnavailableError
from qlines.jobs.queue import enqueue_notification
from qlines.store import devices, password_links, sessions, users
from qlines.store.users import UserDocument
from qlines.web import link_address
from qlines.web.audit import noted
from qlines.web.auth.access import admin_only
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.times import ms_of

log = logging.getLogger(__name__)
blueprint = Blueprint("people", __name__)

HOURS = password_links.LIFETIME.total_seconds() // 3600
MAIL = """\
{by} {what}.

Open this link and choose a password. It works once, for {hours:.0f} hours:

{link}
"""


@blueprint.get("/people")
@admin_only
def people() -> str:
    """Show every user, and the links that were not used yet."""
    return _page()


@blueprint.post("/people/invite")
@admin_only
def invite() -> str | Response:
    """Make a link by which somebody new chooses a password; mail it, or show it once."""
    email = request.form.get("email", "")
    admin = request.form.get("role") == "admin"
    try:
        address = users.checked_email(email)
        _require_new(address)
    except (FieldError, ConflictError) as error:
        return _page(error=f"{str(error)[:1].upper()}{str(error)[1:]}.", email=email, admin=admin)
    answer = _hand_over(
        address, admin=admin, subject="You are invited", what="invites you to QLines"
    )
    noted(f"invited {address} as {_role(admin=admin)}")
    return answer


@blueprint.post("/people/withdraw")
@admin_only
def withdraw() -> Response:
    """Let an invitation, or the link of a reset, work no longer."""
    email = request.form.get("email", "")
    if password_links.withdraw(deps().db, email):
        noted(f"withdrew the link for {email}")
    return _back(f"The link for {email} no longer works.")


@blueprint.post("/people/<user_id>/reset")
@admin_only
def reset(user_id: str) -> str | Response:
    """Make a link by which a user chooses a new password; the old one works until then."""
    user = users.find(deps().db, user_id)
    answer = _hand_over(
        user["email"], admin=user["admin"], subject="Choose a new password",
        what="lets you choose a new password for QLines",
    )  # fmt: skip
    noted(f"made a link for a new password of {user['email']}")
    return answer


@blueprint.post("/people/<user_id>/role")
@admin_only
def change_role(user_id: str) -> Response:
    """Make somebody else an admin, or no longer."""
    _require_other(user_id)
    user = users.set_admin(deps().db, user_id, admin=request.form.get("role") == "admin")
    noted(f"made {user['email']} {_role(admin=user['admin'])}")
    return _back(f"{user['email']} is {_role(admin=user['admin'])} now.")


@blueprint.post("/people/<user_id>/access")
@admin_only
def change_access(user_id: str) -> Response:
    """Let somebody else no longer sign in, or let them in again; their devices still send."""
    _require_other(user_id)
    disabled = request.form.get("access") == "off"
    user = users.set_disabled(deps().db, user_id, disabled=disabled)
    noted(f"{'disabled' if disabled else 'enabled'} {user['email']}")
    if disabled:
        return _back(f"{user['email']} is signed out and cannot sign in. The devices still send.")
    return _back(f"{user['email']} can sign in again.")


def _page(
    *,
    error: str = "",
    email: str = "",
    admin: bool = False,
    link: str = "",
    notes: Sequence[str] = (),
) -> str:
    db, now = deps().db, utc_datetime(deps().clock.now_us())
    everybody = users.list_all(db)
    known = {user["email"] for user in everybody}
    links = password_links.list_all(db, now=now)
    return render_template(
        "people.html",
        people=[_person(user) for user in everybody],
        invitations=[one for one in links if one["email"] not in known],
        resets={one["email"] for one in links} & known,
        error=error, email=email, admin=admin, link=link, notes=notes, ms_of=ms_of, hours=HOURS,
    )  # fmt: skip


def _person(user: UserDocument) -> dict[str, object]:
    started = sessions.of_user(deps().db, user["_id"])
    return {
        "id": str(user["_id"]),
        "email": user["email"],
        "is_admin": user["admin"],
        "is_disabled": bool(user.get("disabled")),
        "devices": devices.count(deps().db, user["_id"]),
        "last_seen": max((session["last_seen"] for session in started), default=None),
    }


def _hand_over(email: str, *, admin: bool, subject: str, what: str) -> str | Response:
    now = utc_datetime(deps().clock.now_us())
    secret = password_links.add(deps().db, email, admin=admin, by=me().email, now=now)
    if not deps().has_mail:
        return _with_link(email, secret)
    url, note = link_address.mailed(deps().public_url)
    text = MAIL.format(by=me().email, what=what, hours=HOURS, link=_link(url, secret))
    try:
        enqueue_notification(deps().redis, subject, text, email)
    except StoreUnavailableError as error:
        log.warning("the mail with a link for %s was not sent: %s", email, error)
        return _with_link(email, secret, f"It was not mailed: {error}.")
    return _back(f"A mail with the link is on its way to {email}. {note}".strip())


def _with_link(email: str, secret: str, why: str = "") -> str:
    """Return the page with the link, and why the admin has to send it."""
    url, note = link_address.shown(deps().public_url, request.host_url.rstrip("/"))
    return _page(email=email, link=_link(url, secret), notes=[one for one in (why, note) if one])


def _link(url: str, secret: str) -> str:
    return f"{url}/welcome#{secret}"  # behind the #: no server and no log sees it


def _require_new(email: str) -> None:
    try:
        users.find_by_email(deps().db, email)
    except NotFoundError:
        return
    raise ConflictError(f"{email} can sign in already: reset the password in the list below")


def _require_other(user_id: str) -> None:
    """Raise ConflictError for oneself: so an admin is always left."""
    if ObjectId.is_valid(user_id) and ObjectId(user_id) == me().user_id:
        raise ConflictError("you cannot change your own role or access: ask another admin")


def _role(*, admin: bool) -> str:
    return "an admin" if admin else "an owner"


def _back(message: str) -> Response:
    flash(message, "success")
    return redirect("/people")
