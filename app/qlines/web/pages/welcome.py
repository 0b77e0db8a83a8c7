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
    "This link no longer works: it was used, withdrawn, or is older than 72 hours. Ask the admin"
    " who sent it for another one."
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
    if not password_links.use(deps().db, link):
        return _again(NO_LONGER, 410)
    return start_session(deps(), _with_password(link, new_hash))


def _with_password(link: PasswordLink, new_hash: str) -> UserDocument:
    """Return the user; raise ConflictError when a new one was added since then."""
    try:
        user = users.find_by_email(deps().db, link["email"])
    except NotFoundError:
        user = users.add(deps().db, link["email"], new_hash, admin=link["admin"])
        noted(f"accepted the invitation by {link['by']}", who=user["email"])
        return user
    if user.get("disabled"):
        raise ConflictError(f"{user['email']} is disabled: ask an admin")
    users.set_password(deps().db, user["_id"], new_hash)
    noted(f"chose a new password by the link of {link['by']}", who=user["email"])
    return user


def _again(message: str, status: int, secret: str = "") -> Response:
    return make_response(render_template("welcome.html", message=message, secret=secret), status)
