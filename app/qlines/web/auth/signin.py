"""Sign in and out: the pages /login and /logout."""

import logging
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, session
from werkzeug.wrappers import Response as AnyResponse

from appliance.shared.settings import MAX_EMAIL_CHARACTERS
from qlines.clock import utc_datetime
from qlines.errors import BusyError, NotFoundError
from qlines.store import browser_channels, passwords, sessions, users
from qlines.store.users import MAX_PASSWORD_CHARACTERS, UserDocument
from qlines.web.audit import noted
from qlines.web.auth.access import public
from qlines.web.auth.hashing import in_turn
from qlines.web.auth.identity import SESSION_COOKIE, identify, me
from qlines.web.auth.network import network_of
from qlines.web.auth.throttle import Throttle
from qlines.web.deps import Deps, deps

log = logging.getLogger(__name__)
blueprint = Blueprint("signin", __name__)

WRONG = "Incorrect e-mail address or password."


def safe_next(target: str) -> str:
    """Return the path to open after signing in: *target* if it is on this site, else /devices."""
    parts = urlsplit(target)
    is_local = target.startswith("/") and not parts.scheme and not parts.netloc
    # Browsers read a backslash as a slash, which would make "/\\evil.example" another site.
    if not is_local or target.startswith("//") or "\\" in target or not target.isprintable():
        return "/devices"
    return target


@blueprint.get("/login")
@public
def login_page() -> AnyResponse | str:
    """Show the form, or redirect a user who is signed in already."""
    target = safe_next(request.args.get("next", "/devices"))
    if identify() is not None:
        return redirect(target)
    return render_template("login.html", next=target, email="", message="")


@blueprint.post("/login")
@public
def login() -> AnyResponse:
    """Start a session for the right password; wrong ones are limited by account and address."""
    email = request.form.get("email", "").strip().lower()[:MAX_EMAIL_CHARACTERS]
    address = network_of(request.remote_addr or "")
    throttle = Throttle(deps().redis)
    wait_seconds = throttle.pause_seconds(email, address)
    if wait_seconds:
        minutes = -(-wait_seconds // 60)
        unit = "minute" if minutes == 1 else "minutes"
        return _form_again(email, 429, f"Too many wrong passwords. Try again in {minutes} {unit}.")
    try:
        user = _user_with_password(deps(), email, request.form.get("password", ""))
    except BusyError as error:
        response = _form_again(email, error.status, str(error))
        response.headers["Retry-After"] = str(error.retry_seconds)
        return response
    if user is None:
        throttle.wrong(email, address)
        log.info("rejected a wrong password from %s", address)
        return _form_again(email, 403, WRONG)
    secret = _new_session(deps(), user)
    if users.find(deps().db, user["_id"])["password_hash"] != user["password_hash"]:
        # It was changed while its hash waited for its turn, and all sessions were ended before.
        sessions.end(deps().db, user["_id"], sessions.session_id(secret))
        return _form_again(email, 403, WRONG)
    throttle.right(email, address)
    noted("signed in", who=user["email"])
    return _signed_in(deps(), secret)


def _user_with_password(deps: Deps, email: str, password: str) -> UserDocument | None:
    user = _find_user(deps, email)
    # Each path computes one hash of as many characters, so that its time says nothing either.
    is_right = in_turn(
        deps.hash_turns,
        passwords.verify,
        user["password_hash"] if user else passwords.DUMMY_HASH,
        password[:MAX_PASSWORD_CHARACTERS],
    )
    if user is None or not is_right or len(password) > MAX_PASSWORD_CHARACTERS:
        return None
    # After the password, so that the answer says nothing about an account to who does not have it.
    if user.get("disabled"):
        return None
    if passwords.is_outdated(user["password_hash"]):
        new_hash = in_turn(deps.hash_turns, passwords.hash_password, password)
        return users.refresh_hash(deps.db, user, new_hash)
    return user


def _find_user(deps: Deps, email: str) -> UserDocument | None:
    try:
        return users.find_by_email(deps.db, email)
    except NotFoundError:
        return None


def _form_again(email: str, status: int, message: str) -> Response:
    target = safe_next(request.form.get("next", ""))
    page = render_template("login.html", next=target, email=email, message=message)
    return make_response(page, status)


def start_session(deps: Deps, user: UserDocument) -> AnyResponse:
    """Return the redirect to the first page, with the cookie of a new session."""
    return _signed_in(deps, _new_session(deps, user))


def _new_session(deps: Deps, user: UserDocument) -> str:
    """Start a session of the sender of the current request, and return its secret."""
    secret = sessions.start(
        deps.db,
        user["_id"],
        address=request.remote_addr or "",
        agent=request.headers.get("User-Agent", ""),
        now=utc_datetime(deps.clock.now_us()),
    )
    if former := request.cookies.get(SESSION_COOKIE):
        browser_channels.pass_on(
            deps.db, sessions.session_id(former), user["_id"], sessions.session_id(secret)
        )
    return secret


def _signed_in(deps: Deps, secret: str) -> AnyResponse:
    session.clear()  # a CSRF token from before the sign-in must not be valid after it
    response = redirect(safe_next(request.form.get("next", "")))
    response.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=sessions.COOKIE_LIFETIME,
        httponly=True,
        samesite="Lax",
        secure=deps.is_https,
    )
    return response


@blueprint.post("/logout")
def logout() -> AnyResponse:
    """End the session in the database, not only in this browser."""
    identity = me()
    if identity.session:
        sessions.end(deps().db, identity.user_id, identity.session)
        noted("signed out")
    session.clear()
    response = redirect("/login")
    response.delete_cookie(SESSION_COOKIE)
    return response
