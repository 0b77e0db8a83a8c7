"""The page /account: password, time zone, sessions, API keys."""

from flask import Blueprint, flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from qlines.clock import utc_datetime
from qlines.errors import ConflictError, FieldError
from qlines.store import api_keys, passwords, sessions, users
from qlines.store.sessions import SessionDocument
from qlines.web.audit import noted
from qlines.web.auth.hashing import in_turn
from qlines.web.auth.identity import me
from qlines.web.auth.network import network_of
from qlines.web.auth.throttle import Throttle
from qlines.web.deps import deps
from qlines.web.times import ms_of

blueprint = Blueprint("account", __name__)


@blueprint.get("/account")
def account() -> str:
    """Show the user's sessions and API keys."""
    return _page()


def _page(*, new_key: str = "", error: str = "", name: str = "") -> str:
    db, user = deps().db, me().user_id
    return render_template(
        "account.html",
        sessions=sessions.of_user(db, user),
        keys=api_keys.of_user(db, user),
        new_key=new_key,
        error=error,
        name=name,
        ms_of=ms_of,
    )


@blueprint.post("/account/password")
def change_password() -> Response:
    """Change the password and end every other session."""
    identity = me()
    throttle, address = Throttle(deps().redis), network_of(request.remote_addr or "")
    if throttle.pause_seconds(identity.email, address):
        return _back("Too many wrong passwords. Try again in a few minutes.", "danger")
    user = users.find(deps().db, identity.user_id)
    old, new = request.form.get("old", ""), request.form.get("new", "")
    if not in_turn(deps().hash_turns, passwords.verify, user["password_hash"], old):
        throttle.wrong(identity.email, address)
        return _back("The old password is incorrect. Nothing was changed.", "danger")
    if new != request.form.get("again", ""):
        return _back("The new passwords do not match. Nothing was changed.", "danger")
    try:
        users.checked_password(new)
    except FieldError as error:
        return _back(f"The {error}.", "danger")
    new_hash = in_turn(deps().hash_turns, passwords.hash_password, new)
    try:
        users.set_password(
            deps().db, identity.user_id, new_hash,
            keep_session=identity.session, in_place_of=user["password_hash"],
        )  # fmt: skip
    except ConflictError as error:
        return _back(f"{str(error).capitalize()}. Nothing was changed.", "danger")
    noted("changed the own password")
    return _back("The password was changed. All other sessions have ended.", "success")


@blueprint.post("/account/time-zone")
def choose_time_zone() -> Response:
    """Choose the zone in which every page shows times; an empty one is the browser's."""
    zone = request.form.get("zone", "").strip()
    try:
        users.set_time_zone(deps().db, me().user_id, zone)
    except FieldError as error:
        return _back(f"The {error}.", "danger")
    noted(f"chose the time zone {zone or 'of the browser'}")
    return _back(f"Times are shown in {zone or 'the time zone of your browser'}.", "success")


@blueprint.post("/account/sessions/<session_id>/end")
def end_session(session_id: str) -> Response:
    """End one of the user's sessions; its sockets are closed within 5 seconds."""
    ended = sessions.end(deps().db, me().user_id, session_id)
    if ended:
        noted(f"ended their session of {_described(ended)}")
    return _back(
        "The session has ended." if ended else "That session had already ended.", "success"
    )


@blueprint.post("/account/keys")
def add_key() -> str | Response:
    """Create an API key and show it, the only time that it can be read."""
    now = utc_datetime(deps().clock.now_us())
    name = request.form.get("name", "")
    try:
        key = api_keys.add(deps().db, me().user_id, name.strip(), now=now)
    except FieldError as error:
        return make_response(_page(error=f"The {error}.", name=name), 422)
    noted(f"added the API key {name.strip()!r}")
    return _page(new_key=key)


@blueprint.post("/account/keys/<key_id>/remove")
def remove_key(key_id: str) -> Response:
    """Remove one of the user's API keys."""
    removed = api_keys.remove(deps().db, me().user_id, key_id)
    if removed:
        noted(f"removed the API key {removed['name']!r}")
    return _back(
        "The key was removed." if removed else "That key had already been removed.", "success"
    )


def _described(session: SessionDocument) -> str:
    """Return a session as audit lines name it: the browser, where, and since when."""
    browser = session.get("agent") or "an unknown browser"
    began = session["created_at"].strftime("%Y-%m-%d %H:%M UTC")
    return f"{browser!r} at {session.get('address') or 'an unknown address'}, begun {began}"


def _back(message: str, kind: str) -> Response:
    flash(message, kind)
    return redirect("/account")
