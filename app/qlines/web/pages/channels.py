"""The pages /account/notifications: where messages about alarms go, one channel, and a new one."""

import secrets

from flask import Blueprint, render_template

from qlines.errors import NotFoundError
from qlines.store import channels, notification_settings, notifications
from qlines.web import link_address
from qlines.web.api.channels import channel_json, decided
from qlines.web.api.entity_tag import tag_headers
from qlines.web.api.notification_settings import settings_json
from qlines.web.auth.identity import me
from qlines.web.channel_words import OFFERED, STATES, WORDS, Words
from qlines.web.deps import deps

blueprint = Blueprint("channels_page", __name__)

PAGE = "/account/notifications"
TOPIC_BYTES = 9  # of a proposed topic of ntfy, which nobody must guess


@blueprint.get(PAGE)
def overview() -> str:
    """Show the channels with what became of their last messages, and what else there is."""
    found = channels.of_owner(deps().db, me().user_id)
    newest = notifications.newest_of(deps().db, [channel["_id"] for channel in found])
    return render_template(
        "channels.html",
        channels=[channel_json(channel, newest.get(channel["_id"])) for channel in found],
        settings=settings_json(notification_settings.of_person(deps().db, me().user_id)),
        words=WORDS,
        offered=_offered(),
        states=STATES,
    )


@blueprint.get(f"{PAGE}/new/<channel_type>")
def new(channel_type: str) -> str:
    """Show what a type is and the form for a channel of it. Raise NotFoundError for another."""
    if channel_type not in _offered():
        raise NotFoundError(f"there is no type of channel {channel_type!r}")
    proposed = {
        "email": {"address": me().email},
        "ntfy": {"topic": f"qlines-{secrets.token_hex(TOPIC_BYTES)}"},
    }
    return render_template(
        "channel_telegram.html" if channel_type == "telegram" else "channel_new.html",
        type=channel_type,
        words=WORDS[channel_type],
        values=proposed.get(channel_type, {}),
    )


@blueprint.get(f"{PAGE}/<channel_id>")
def single(channel_id: str) -> str:
    """Show one channel and its messages. Raise NotFoundError for another's."""
    channel = channels.find(deps().db, me().user_id, channel_id)
    shown = channel_json(channel)
    return render_template(
        "channel.html",
        channel=shown,
        tag=tag_headers(decided(channel))["ETag"],
        words=WORDS[channel["type"]],
        values=shown["settings"],
        states=STATES,
        link_note=link_address.mailed(deps().public_url).note,
    )


def _offered() -> dict[str, Words]:
    return OFFERED | ({"apprise": WORDS["apprise"]} if deps().apprise.is_on else {})
