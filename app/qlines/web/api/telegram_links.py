"""/api/channels/telegram-links: a chat of Telegram is a channel by a code."""

from flask import Response
from marshmallow import Schema, fields

from qlines.clock import utc_datetime
from qlines.errors import ConflictError
from qlines.store import telegram_links
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint
from qlines.web.api.fields import one_of
from qlines.web.audit import noted
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.qr_code import qr_code
from qlines.web.sentence import as_sentence
from qlines.web.times import ms_of
from qlines.web.tries import Limit, count_try

blueprint = ApiBlueprint("telegram_links", __name__, description="Chats of Telegram as channels")

MADE = Limit("codes for telegram", 30, 3_600, "you may make 30 codes an hour")
NO_BOT = "no bot of Telegram is set: the admin sets one by QLINES_TELEGRAM_BOT_TOKEN"
NO_NAME = "the name of the bot is not known yet: try again in some seconds"
LINK = "https://t.me"


class NewLinkSchema(Schema):
    """A code, once and for 15 minutes.

    `link` opens the chat with the bot, `group_link` asks for a group; both send the code. Otherwise
    it is `/start@bot CODE` that somebody sends there. `qr_code` is an SVG element with `link`.
    """

    id = fields.String()
    code = fields.String()
    bot = fields.String()
    link = fields.String()
    group_link = fields.String()
    qr_code = fields.String()
    expires_at = fields.Integer()


class LinkStateSchema(Schema):
    """What became of a code: `channel` is the id of the channel that the chat is, null before."""

    state = one_of("waiting", "linked", "failed", "expired")
    channel = fields.String(allow_none=True)
    sentence = fields.String()


@endpoint(
    blueprint, "POST", "/channels/telegram-links", status=201, returns=NewLinkSchema(),
    errors=(409, 429),
)  # fmt: skip
def add_link() -> Response:
    """Make a code that links a chat; the one before no longer works."""
    bot = _bot()
    username = bot.get("username")
    if problem := bot.get("problem"):
        raise ConflictError(problem)
    if not username:
        raise ConflictError(NO_NAME)
    count_try(MADE, me().user_id)
    now = utc_datetime(deps().clock.now_us())
    link, code = telegram_links.add(deps().db, me().user_id, now)
    noted("made a code to link a chat of Telegram")
    address = f"{LINK}/{username}?start={code}"
    made = {
        "id": str(link["_id"]), "code": code, "bot": username, "link": address,
        "group_link": f"{LINK}/{username}?startgroup={code}", "qr_code": qr_code(address),
        "expires_at": ms_of(now + telegram_links.LIFETIME),
    }  # fmt: skip
    return answer(made, 201)


@endpoint(
    blueprint,
    "GET",
    "/channels/telegram-links/<link_id>",
    returns=LinkStateSchema(),
    errors=(404,),
)
def show_link(link_id: str) -> Response:
    """Return whether the chat was linked."""
    link = telegram_links.find(deps().db, me().user_id, link_id)
    channel = link.get("channel")
    problem = link.get("problem") or (_bot().get("problem", "") if channel is None else "")
    return answer(
        {
            "state": telegram_links.state_of(link, utc_datetime(deps().clock.now_us())),
            "channel": str(channel) if channel else None,
            "sentence": as_sentence(problem),
        }
    )


def _bot() -> telegram_links.TelegramBot:
    """Return what is known of the admin's bot; raise ConflictError without one."""
    token = deps().telegram_token
    if not token:
        raise ConflictError(NO_BOT)
    return telegram_links.bot(deps().db, token.partition(":")[0])
