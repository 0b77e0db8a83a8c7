"""The page /welcome: choose a password by a link that an admin made, and be signed in."""

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from qlines.clock import utc_datetime
from qlines.errors import ConflictError, FieldError, NotFoundError
from qlines.store import password_links, passwords, users
from qlines.store.password_links import PasswordLink
from qlines.store.users import UserDocument
from qlines.web.audit import noted
from qlines.web.auth.access import public
from qlines.web.auth.hashing import in_turn
from qlines.web.auth.signin import start_session
from qlines.web.deps import deps

blueprint = Blueprint("welcome", __name__)

NO_LONGER = (
    "This link no longer works: it was used, withdrawn, or is older than 72 hours. Sign in if you"
    " have chosen a password; otherwise ask the admin who sent the link for another one."
)


@blueprint.get("/welcome")
@public
def welcome() -> str:
    """Show the form; the secret is behind the # of the address, where only the browser sees it."""
    return render_template("welcome.html", message="", secret="")


@blueprint.post("/welcome")
@public
def choose_password() -> Response:
    """Set the password of the link's person, who is added if new, and sign them in."""
    secret, new = request.form.get("secret", ""), request.form.get("new", "")
    now = utc_datetime(deps().clock.now_us())
    link = password_links.find(deps().db, secret, now=now)
    if link is None:
        return _again(NO_LONGER, 410)
    if new != request.form.get("again", ""):
        return _again("The passwords do not match.", 422, secret)
    try:
        users.checked_password(new)
    except FieldError as error:
        return _again(f"The {error}.", 422, secret)
    new_hash = in_turn(deps().hash_turns, passwords.hash_password, new)
    if password_links.find(deps().db, secret, now=now) is None:  # withdrawn while this one waited
        return _again(NO_LONGER, 410)
    user = _with_password(link, new_hash)
    if user is None:
        return _again(NO_LONGER, 410)
    # Only now: after an outage until here the link still works, and from here on it is refused.
    password_links.remove(deps().db, link)
    return start_session(deps(), user)


def _with_password(link: PasswordLink, new_hash: str) -> UserDocument | None:
    """Store the password and return its user; None when this link has set a password before.

    Raise ConflictError when the user is disabled, or a new one was added since then.
    """
    try:
        user = users.find_by_email(deps().db, link["email"])
    except NotFoundError:
        user = users.add(
            deps().db, link["email"], new_hash, admin=link["admin"], link_id=link["_id"]
        )
        noted(f"accepted the invitation by {link['by']}", who=user["email"])
        return user
    if user.get("disabled"):
        raise ConflictError(f"{user['email']} is disabled: ask an admin")
    if not users.set_password_by_link(deps().db, user["_id"], new_hash, link["_id"]):
        return None
    noted(f"chose a new password by the link of {link['by']}", who=user["email"])
    return user


def _again(message: str, status: int, secret: str = "") -> Response:
    return make_response(render_template("welcome.html", message=message, secret=secret), status)
