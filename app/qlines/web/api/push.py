"""/api/push: let this browser show messages, and what its service worker needs for that."""

from typing import Any

from flask import Response, request
from flask_wtf.csrf import generate_csrf
from marshmallow import Schema, fields

from qlines.clock import utc_datetime
from qlines.messengers.vapid import VapidKey
from qlines.store import browser_channels, channels
from qlines.store.channel_rules import checked
from qlines.store.channels import Channel, fields_of
from qlines.web.api.channels import ChannelSchema, channel_json
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint
from qlines.web.audit import noted
from qlines.web.auth.identity import me
from qlines.web.browser_name import browser_name
from qlines.web.deps import deps

blueprint = ApiBlueprint("push", __name__, description="Messages that a browser shows (Web Push)")


class PushKeySchema(Schema):
    """The public key with which pushes are signed, as `applicationServerKey` takes it."""

    key = fields.String()


class BrowserKeysSchema(Schema):
    """The keys of a browser, with which messages for it are encrypted (RFC 8291)."""

    p256dh = fields.String(required=True)
    auth = fields.String(required=True)


class SubscriptionSchema(Schema):
    """What the browser's `PushSubscription.toJSON()` returns."""

    endpoint = fields.String(required=True)
    keys = fields.Nested(BrowserKeysSchema, required=True)
    expirationTime = fields.Raw(allow_none=True)  # noqa: N815 - the browser's name


class CsrfTokenSchema(Schema):
    """The value for the header `X-CSRFToken`."""

    token = fields.String()


@endpoint(blueprint, "GET", "/push/key", returns=PushKeySchema())
def show_key() -> Response:
    """Return the key that a browser subscribes with."""
    return answer({"key": VapidKey(deps().secret_key, "").public})


@endpoint(
    blueprint, "POST", "/push/subscriptions", body=SubscriptionSchema, status=201,
    returns=ChannelSchema(), errors=(409,),
)  # fmt: skip
def subscribe(body: dict[str, Any]) -> Response:
    """Let this browser show the messages of your rules: it is a channel of yours from now on.

    With a session its channel is kept when the browser sends another address, and ends when you
    sign out. A browser shows the messages of the person who was the last to ask for it.
    """
    settings = {"endpoint": body["endpoint"], **body["keys"]}
    session = me().session
    known = browser_channels.of_session(deps().db, me().user_id, session) if session else None
    channel = _renewed(known, settings) if known else _added(settings)
    if session:
        browser_channels.bind(deps().db, channel, session)
        channel = channels.find(deps().db, me().user_id, channel["_id"])
    return answer(channel_json(channel), 201)


def _renewed(channel: Channel, settings: dict[str, str]) -> Channel:
    given = checked(
        {"settings": settings, "enabled": True}, deps().webhooks.rules, fields_of(channel)
    )
    now = utc_datetime(deps().clock.now_us())
    changed = channels.change(deps().db, channel, given, now)
    noted(f"renewed the channel {channel['name']!r}, a browser")
    return changed


def _added(settings: dict[str, str]) -> Channel:
    name = browser_name(request.headers.get("User-Agent", ""))
    given = checked({"type": "web_push", "name": name, "settings": settings}, deps().webhooks.rules)
    now = utc_datetime(deps().clock.now_us())
    channel = channels.add(deps().db, me().user_id, given, now)
    noted(f"added the channel {name!r}, a browser")
    return channel


@endpoint(blueprint, "GET", "/csrf-token", returns=CsrfTokenSchema())
def show_csrf_token() -> Response:
    """Return a token for requests that write with the session cookie.

    Pages have theirs; a service worker, which has no page, asks for one. Keys need none.
    """
    return answer({"token": generate_csrf()})
