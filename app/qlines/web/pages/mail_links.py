"""The pages that links in mails open, for receivers without an account: confirm, or end mails.

A GET changes nothing, because programs that look for malware open every link of a mail. A POST does
without a session or a CSRF token: what is secret is in the address. It may come from a mail program
too, with the body ``List-Unsubscribe=One-Click`` (RFC 8058).
"""

from typing import NamedTuple

from flask import Blueprint, make_response, render_template
from werkzeug.wrappers import Response

from qlines.clock import utc_datetime
from qlines.errors import NotFoundError
from qlines.jobs.dispatch import switched_off
from qlines.messengers.mail_links import PATHS, Purpose, channel_in, is_genuine
from qlines.store import account_mails, channels, users
from qlines.store.channels import Channel
from qlines.store.ended_mails import BY_RECEIVER
from qlines.web.audit import noted
from qlines.web.auth.access import by_link
from qlines.web.deps import deps

blueprint = Blueprint("mail_links", __name__)


class Opened(NamedTuple):
    """A channel whose receiver has opened a genuine link, and who has the mails sent."""

    channel: Channel
    owner: str

    @property
    def address(self) -> str:
        """Return the receiver's address."""
        return self.channel["settings"]["address"]


@blueprint.get(f"{PATHS['confirm']}<token>")
@by_link
def ask_to_confirm(token: str) -> Response:
    """Show who wants to send what, and the button by which the receiver wants it too."""
    return _page("confirm", _opened("confirm", token))


@blueprint.post(f"{PATHS['confirm']}<token>")
@by_link
def confirm(token: str) -> Response:
    """Note that the receiver wants the mails, be it again; once more changes nothing."""
    opened = _opened("confirm", token)
    if opened and "unconfirmed_since" in opened.channel:
        channels.confirm(deps().db, opened.channel)
        if opened.channel.get("disabled_reason") == BY_RECEIVER:
            _switch_on(opened.channel)
        noted(f"confirmed {_named(opened)}", who=opened.address)
    return _page("confirm", opened, is_done=True)


@blueprint.get(f"{PATHS['stop']}<token>")
@by_link
def ask_to_stop(token: str) -> Response:
    """Show the button by which the receiver ends the mails."""
    return _page("stop", _opened("stop", token))


@blueprint.post(f"{PATHS['stop']}<token>")
@by_link
def stop(token: str) -> Response:
    """Switch the channel off; to have mails again its receiver confirms the address again."""
    opened = _opened("stop", token)
    if opened and opened.channel.get("disabled_reason") != BY_RECEIVER:
        _switch_off(opened)
        noted(f"switched off {_named(opened)} by the link in a mail", who=opened.address)
    return _page("stop", opened, is_done=True)


def _switch_on(channel: Channel) -> None:
    on = channels.fields_of(channel)._replace(enabled=True)
    channels.change(deps().db, channel, on, utc_datetime(deps().clock.now_us()))


def _switch_off(opened: Opened) -> None:
    now, channel = utc_datetime(deps().clock.now_us()), opened.channel
    is_own = opened.address == opened.owner
    if not is_own:
        channels.require_confirmation(deps().db, channel, now)
    has_others = switched_off.switch_off(deps().db, channel, BY_RECEIVER, "dropped", now)
    if not has_others and not is_own and opened.owner and deps().has_mail:
        subject, text = switched_off.words(channel, BY_RECEIVER)
        account_mails.add(deps().db, channel["owner"], subject, text, now)


def _opened(purpose: Purpose, token: str) -> Opened | None:
    """Return what a link opens; None for one that is forged, too old, or of a former address."""
    channel_id = channel_in(token)
    try:
        channel = channels.by_id(deps().db, channel_id) if channel_id else None
    except NotFoundError:
        channel = None
    if channel is None or channel["type"] != "email":
        return None
    now, address = utc_datetime(deps().clock.now_us()), channel["settings"]["address"]
    if not is_genuine(deps().secret_key, purpose, token, address, now):
        return None
    try:
        owner = users.find(deps().db, channel["owner"])["email"]
    except NotFoundError:  # removed, and the channel is soon
        owner = ""
    return Opened(channel, owner)


def _page(purpose: Purpose, opened: Opened | None, *, is_done: bool = False) -> Response:
    page = render_template("mail_link.html", purpose=purpose, opened=opened, is_done=is_done)
    return make_response(page, 200 if opened else 404)


def _named(opened: Opened) -> str:
    return f"the channel {opened.channel['name']!r} of {opened.owner}"
