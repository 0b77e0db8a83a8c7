"""Sign in and out: the pages /login and /logout."""

import logging
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, session
from werkzeug.wrappers import Response as AnyResponse

from qlines.clock import utc_datetime
from qlines.errors import NotFoundError
from qlines.store import passwords, sessions, users
from qlines.web.auth.identity import SESSION_COOKIE, identify, me
from qlines.web.auth.marks import public
from qlines.web.auth.throttle import Throttle
from qlines.web.deps import Deps, deps
from qlines.web.extensions import off_the_loop

log = logging.getLogger(__name__)
blueprint = Blueprint("signin", __name__)

WRONG = "Incorrect e-mail address or password."


def safe_next(target: str) -> str:
    """Return where to go after signing in: a path of ours, never another site's address."""
    parts = urlsplit(target)
    is_ours = target.startswith("/") and not parts.scheme and not parts.netloc
    # Browsers read a backslash as a slash, which would make "/\\evil.example" another site.
    if not is_ours or target.startswith("//") or "\\" in target or not target.isprintable():
        return "/devices"
    return target


@blueprint.get("/login")
@public
def login_page() -> AnyResponse | str:
    """Show the form, or go on when signed in already."""
    target = safe_next(request.args.get("next", "/devices"))
    if identify() is not None:
        return redirect(target)
    return render_template("login.html", next=target, email="", message="")


@blueprint.post("/login")
@public
def login() -> AnyResponse:
    """Begin a session for the right password; wrong ones are counted by account and address."""
    email = request.form.get("email", "").strip().lower()[:254]
    address = request.remote_addr or ""
    throttle = Throttle(deps().redis)
    wait_seconds = throttle.pause_seconds(email, address)
    if wait_seconds:
        minutes = -(-wait_seconds // 60)
        unit = "minute" if minutes == 1 else "minutes"
        return _again(email, 429, f"Too many wrong passwords. Try again in {minutes} {unit}.")
    user = _user_with_password(deps(), email, request.form.get("password", ""))
    if user is None:
        throttle.wrong(email, address)
        log.info("refused a wrong password from %s", address)
        return _again(email, 403, WRONG)
    throttle.right(email, address)
    return _begin(deps(), user)


def _user_with_password(found: Deps, email: str, password: str) -> users.Document | None:
    try:
        user = users.find_by_email(found.db, email)
    except NotFoundError:
        off_the_loop(passwords.is_password, passwords.NOBODY, password)
        return None
    if len(password) > users.MAX_PASSWORD_CHARACTERS or not off_the_loop(
        passwords.is_password, user["password_hash"], password
    ):
        return None
    if passwords.is_outdated(user["password_hash"]):
        anew = off_the_loop(passwords.hash_password, password)
        users.refresh_hash(found.db, user["_id"], anew)
    return user


def _again(email: str, status: int, message: str) -> Response:
    target = safe_next(request.form.get("next", ""))
    page = render_template("login.html", next=target, email=email, message=message)
    return make_response(page, status)


def _begin(found: Deps, user: users.Document) -> AnyResponse:
    session.clear()  # a form's token from before the sign-in is worth nothing after it
    secret = sessions.start(
        found.db,
        user["_id"],
        address=request.remote_addr or "",
        agent=request.headers.get("User-Agent", ""),
        now=utc_datetime(found.clock.now_us()),
    )
    answer = redirect(safe_next(request.form.get("next", "")))
    answer.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=sessions.LIFETIME,
        httponly=True,
        samesite="Lax",
        secure=found.is_https,
    )
    return answer


@blueprint.post("/logout")
def logout() -> AnyResponse:
    """End the session in the database, not only in this browser."""
    identity = me()
    if identity.session:
        sessions.end(deps().db, identity.user_id, identity.session)
    session.clear()
    answer = redirect("/login")
    answer.delete_cookie(SESSION_COOKIE)
    return answer
