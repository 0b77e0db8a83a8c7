"""/api/channels: where you want the messages about your alarms."""

from collections.abc import Mapping
from typing import Any

from bson import ObjectId
from flask import Response
from marshmallow import Schema, fields

from qlines.clock import utc_datetime
from qlines.errors import ConflictError, FieldError
from qlines.evaluation.sentence import alarm_title
from qlines.store import alarm_context, channels, notifications
from qlines.store.channel_rules import TYPES, ChannelFields, checked, shown
from qlines.store.channels import Channel, fields_of
from qlines.store.notifications import Notification
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint, no_content
from qlines.web.api.entity_tag import require_match, tag_headers
from qlines.web.api.fields import QuietHoursSchema, TrueOrFalse, one_of
from qlines.web.audit import noted
from qlines.web.auth.identity import me
from qlines.web.channel_test import send_test
from qlines.web.deps import deps
from qlines.web.mail_confirmation import ask, count_confirmation
from qlines.web.sentence import as_sentence
from qlines.web.times import ms_of
from qlines.web.tries import Limit, count_try

blueprint = ApiBlueprint(
    "channels", __name__, description="Where you want the messages about your alarms"
)

MAX_DELIVERIES = 50
# An address may be somebody else's, and who removes a channel can add another one.
ADDED = Limit("channels", 100, 86_400, "you may add 100 channels a day")
BY_CODE = "link the chat by a code, of POST /api/channels/telegram-links"
CHECKED = Limit("addresses of apprise", 60, 3_600, "you may try 60 addresses an hour")
TESTS = Limit("channel tests", 60, 3_600, "you may send 60 tests an hour")


class ChannelChangeSchema(Schema):
    """What a channel is; what is not given stays, also single settings.

    `settings` are `address` of e-mail, `url` of a webhook, `server`, `topic` and `token` of ntfy,
    `url` of Apprise, in its notation; a chat of Telegram is linked by a code. Secrets are shown by
    their last characters; one that is null is removed. A `default` channel has the messages of
    every rule that names no channels; an `operator` one, for admins, those about the appliance.
    """

    name = fields.String()
    settings = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True))
    default = TrueOrFalse()
    enabled = TrueOrFalse()
    operator = TrueOrFalse()
    quiet_hours = fields.Nested(QuietHoursSchema, allow_none=True)


class NewChannelSchema(ChannelChangeSchema):
    """A new channel; without more it is enabled and a default one."""

    name = fields.String(required=True)
    type = one_of(*TYPES, required=True)


class LastSchema(Schema):
    """What became of the newest message; `sentence` is the reason, in words."""

    ts = fields.Integer()
    state = fields.String()
    sentence = fields.String()


class ChannelSchema(ChannelChangeSchema):
    """A channel. `last` is the newest message of which is known what became of it, or why it
    waits; null before the first.

    `failing_since` is there while no message arrives; after five days the channel is switched off,
    and `disabled_reason` says why. `confirmed` is false while the receiver of mails has not opened
    the link in the one that was sent there: until then nothing else is. An address that you sign in
    with needs no confirmation. `this_browser`: it is the browser that asks.
    """

    id = fields.String()
    type = fields.String()
    secret = fields.String()  # of a new webhook, once
    failing_since = fields.Integer(allow_none=True)
    disabled_reason = fields.String()
    confirmed = fields.Boolean()
    created_at = fields.Integer()
    this_browser = fields.Boolean()
    last = fields.Nested(LastSchema, allow_none=True)


class DeliverySchema(Schema):
    """A message to the channel, and what became of it; `alarm` is null when it is about none.

    `subject` is what it is about: the title of the alarm, "" for one that was deleted since.
    `state` is waiting, sending, sent, failed or dropped, `sentence` the reason in words, `due_at`
    when it is sent next, null once it has ended and while it waits for the appliance's mail server.
    Those with the same `message` left as one, null before the first attempt.
    """

    ts = fields.Integer()
    kind = fields.String()
    type = fields.String()
    subject = fields.String()
    severity = fields.String()
    alarm = fields.String(allow_none=True)
    state = fields.String()
    sentence = fields.String()
    attempts = fields.Integer()
    message = fields.String(allow_none=True)
    due_at = fields.Integer(allow_none=True)
    ended_at = fields.Integer(allow_none=True)


class OutcomeSchema(Schema):
    """What became of a test within 20 seconds: its `state`, and a sentence."""

    state = fields.String()
    sentence = fields.String()


class ChannelSecretSchema(Schema):
    """The secret with which messages are signed; it is shown only once."""

    secret = fields.String()


@endpoint(blueprint, "GET", "/channels", returns=ChannelSchema(many=True))
def list_channels() -> Response:
    """List your channels, the oldest first."""
    found = channels.of_owner(deps().db, me().user_id)
    newest = notifications.newest_of(deps().db, [channel["_id"] for channel in found])
    return answer([channel_json(channel, newest.get(channel["_id"])) for channel in found])


@endpoint(
    blueprint, "POST", "/channels", body=NewChannelSchema, status=201, returns=ChannelSchema(),
    errors=(409, 429, 503),
)  # fmt: skip
def add_channel(body: dict[str, Any]) -> Response:
    """Add a channel; the answer about a webhook has the secret with which it is signed, once.

    To an address of e-mail that is not the one you sign in with a mail with a link is sent, and
    nothing else until its receiver has confirmed it. A browser adds itself:
    `POST /api/push/subscriptions`.
    """
    given = checked(_permitted(body), deps().webhooks.rules)
    count_try(ADDED, me().user_id)
    _check_apprise(given)
    now = utc_datetime(deps().clock.now_us())
    if channels.must_be_confirmed(given, me().email):
        count_confirmation(deps().db, me(), given.settings["address"], now)
    channel = channels.add(deps().db, me().user_id, given, now, own_address=me().email)
    if "unconfirmed_since" in channel:
        ask(deps().db, me(), channel, now)
    noted(f"added {_named(channel)}")
    secret = {"secret": channel["settings"]["secret"]} if channel["type"] == "webhook" else {}
    location = {"Location": f"/api/channels/{channel['_id']}"}
    return answer({**channel_json(channel), **secret}, 201, headers=location)


@endpoint(
    blueprint, "GET", "/channels/<channel_id>", returns=ChannelSchema(), errors=(404,),
    has_tag=True,
)  # fmt: skip
def show_channel(channel_id: str) -> Response:
    """Return one channel."""
    channel = _found(channel_id)
    return answer(_with_last(channel), headers=tag_headers(decided(channel)))


@endpoint(
    blueprint, "PATCH", "/channels/<channel_id>", body=ChannelChangeSchema,
    returns=ChannelSchema(), errors=(404, 429, 503), has_tag=True,
)  # fmt: skip
def change_channel(body: dict[str, Any], channel_id: str) -> Response:
    """Change a channel. With `enabled` what has failed before no longer counts.

    Another address of e-mail is to be confirmed as that of a new channel.
    """
    if not body:
        raise FieldError("body", "must contain at least one field of a channel, got none")
    before = _found(channel_id)
    if before["type"] == "telegram" and body.get("settings"):
        raise FieldError("settings", f"of a chat stay as they are: {BY_CODE}")
    _require_match(before)
    given = checked(_permitted(body), deps().webhooks.rules, fields_of(before))
    if given.settings != before["settings"]:
        _check_apprise(given)
    now = utc_datetime(deps().clock.now_us())
    is_new = given.settings.get("address") != before["settings"].get("address")
    has_to_ask = is_new and channels.must_be_confirmed(given, me().email)
    if has_to_ask:
        count_confirmation(deps().db, me(), given.settings["address"], now)
    channel = channels.change(deps().db, before, given, now, own_address=me().email)
    if has_to_ask:
        ask(deps().db, me(), channel, now)
    noted(f"changed {', '.join(sorted(body))} of {_named(channel)}")
    return answer(_with_last(channel), headers=tag_headers(decided(channel)))


@endpoint(
    blueprint, "DELETE", "/channels/<channel_id>", status=204, errors=(404,), has_tag=True
)  # fmt: skip
def remove_channel(channel_id: str) -> Response:
    """Remove a channel: what it was still to have is not sent."""
    _require_match(_found(channel_id))
    noted(f"removed {_named(channels.remove(deps().db, me().user_id, channel_id))}")
    return no_content()


@endpoint(
    blueprint,
    "POST",
    "/channels/<channel_id>/secret",
    returns=ChannelSecretSchema(),
    errors=(404, 409),
)
def roll_channel_secret(channel_id: str) -> Response:
    """Replace the secret of a webhook; for a day messages are signed with the old one too."""
    now = utc_datetime(deps().clock.now_us())
    channel = channels.roll_secret(deps().db, me().user_id, channel_id, now)
    noted(f"replaced the secret of {_named(channel)}")
    return answer({"secret": channel["settings"]["secret"]})


@endpoint(
    blueprint, "POST", "/channels/<channel_id>/confirmation", returns=ChannelSchema(),
    errors=(404, 409, 429),
)  # fmt: skip
def ask_again(channel_id: str) -> Response:
    """Send the mail with the link once more by which the receiver confirms the address.

    An address gets at most three of them a day.
    """
    channel = _found(channel_id)
    if "unconfirmed_since" not in channel:
        raise ConflictError(f"{_named(channel)} needs no confirmation: send a test")
    now = utc_datetime(deps().clock.now_us())
    count_confirmation(deps().db, me(), channel["settings"]["address"], now)
    ask(deps().db, me(), channel, now)
    noted(f"had the confirmation of {_named(channel)} asked for again")
    return answer(_with_last(channel))


@endpoint(
    blueprint, "POST", "/channels/<channel_id>/test", returns=OutcomeSchema(),
    errors=(404, 409, 429),
)  # fmt: skip
def test_channel(channel_id: str) -> Response:
    """Send a test, as every message is sent, and return what became of it within 20 seconds.

    A channel that is switched off gets it, too: does it work again? Ten a minute may be sent there.
    """
    channel = _found(channel_id)
    if "unconfirmed_since" in channel:
        raise ConflictError(
            "a test is sent to an address that its receiver has confirmed, and"
            f" {channel['settings']['address']} is not: open the link in the mail there, or have it"
            " sent again"
        )
    count_try(TESTS, me().user_id)
    outcome = send_test(deps().db, deps().clock, channel)
    noted(f"sent a test to {_named(channel)}")
    return answer(outcome._asdict())


@endpoint(
    blueprint, "GET", "/channels/<channel_id>/deliveries", returns=DeliverySchema(many=True),
    errors=(404,),
)  # fmt: skip
def list_deliveries(channel_id: str) -> Response:
    """List the last 50 messages to the channel, the newest first."""
    channel = _found(channel_id)
    found = notifications.of_channel(deps().db, channel["_id"], MAX_DELIVERIES)
    ids = {one["alarm"] for one in found if one["alarm"]}
    alarms = alarm_context.alarms_by_id(deps().db, list(ids), with_events=False)
    titles = {alarm_id: alarm_title(alarm) for alarm_id, alarm in alarms.items()}
    return answer([delivery_json(one, titles) for one in found])


def _require_match(channel: Channel) -> None:
    require_match(f"the channel {channel['name']!r}", decided(channel))


def decided(channel: Channel) -> dict[str, Any]:
    """Return what a version of the channel is, but for secrets that are made here."""
    fields = fields_of(channel)._asdict()
    kept = channel["settings"].items()
    return {**fields, "settings": {name: text for name, text in kept if "secret" not in name}}


def channel_json(channel: Channel, newest: Notification | None = None) -> dict[str, Any]:
    """Return the channel as ChannelSchema describes it, without its secrets."""
    failing_since = channel.get("failing_since")
    session = me().session
    return {
        "id": str(channel["_id"]),
        "name": channel["name"],
        "type": channel["type"],
        "settings": shown(channel["type"], channel["settings"]),
        "default": channel["default"],
        "enabled": channel["enabled"],
        "operator": channel["operator"],
        "quiet_hours": channel["quiet_hours"],
        "failing_since": ms_of(failing_since) if failing_since else None,
        "disabled_reason": as_sentence(channel.get("disabled_reason", "")),
        "confirmed": "unconfirmed_since" not in channel,
        "created_at": ms_of(channel["created_at"]),
        "this_browser": session is not None and channel.get("session") == session,
        "last": _last_json(newest) if newest else None,
    }


def _last_json(newest: Notification) -> dict[str, Any]:
    return {
        "ts": ms_of(newest.get("ended_at", newest["created_at"])),
        "state": newest["state"],
        "sentence": as_sentence(newest["reason"]),
    }


def delivery_json(one: Notification, titles: Mapping[ObjectId, str]) -> dict[str, Any]:
    """Return a message to a channel as DeliverySchema describes it; *titles* are of alarms."""
    ended_at = one.get("ended_at")
    return {
        "ts": ms_of(one["created_at"]),
        "kind": one["kind"],
        "type": one["type"],
        "subject": titles.get(one["alarm"], "") if one["alarm"] else one.get("subject", ""),
        "severity": one["severity"],
        "alarm": str(one["alarm"]) if one["alarm"] else None,
        "state": one["state"],
        "sentence": as_sentence(one["reason"]),
        "attempts": one["attempts"],
        "message": one.get("message"),
        "due_at": None if ended_at or "waits_for_server" in one else ms_of(one["due_at"]),
        "ended_at": ms_of(ended_at) if ended_at else None,
    }


def _permitted(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the body; raise FieldError for what only admins are sent, and for a chat by its id.

    A bot writes to anybody's chat: so who wants it there proves by a code that it is theirs.
    """
    if body.get("type") == "telegram":
        raise FieldError("type", f"may not be telegram here: {BY_CODE}")
    if body.get("operator") and not me().is_admin:
        raise FieldError("operator", "is for admins: only they have messages about the appliance")
    return body


def _check_apprise(given: ChannelFields) -> None:
    if given.type == "apprise":
        count_try(CHECKED, me().user_id)
        deps().apprise.check(given)


def _with_last(channel: Channel) -> dict[str, Any]:
    newest = notifications.newest_of(deps().db, [channel["_id"]])
    return channel_json(channel, newest.get(channel["_id"]))


def _found(channel_id: str) -> Channel:
    return channels.find(deps().db, me().user_id, channel_id)


def _named(channel: Channel) -> str:
    return f"the channel {channel['name']!r} of the type {channel['type']}"
