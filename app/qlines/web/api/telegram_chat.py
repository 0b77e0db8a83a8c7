"""/api/channels/telegram-chat: find the chat for a new channel of Telegram."""

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from qlines.errors import FieldError
from qlines.messengers.telegram_chat import find_chat
from qlines.store.channel_rules import checked
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint
from qlines.web.deps import deps

blueprint = ApiBlueprint(
    "telegram_chat", __name__, description="The chat for a channel of Telegram"
)
CODE = validate.Regexp(r"\A[A-Za-z0-9_-]{8,64}\Z", error="must be 8 to 64 letters, digits, - or _")


class CodeSchema(Schema):
    """A code that was sent to a bot as `/start CODE`; without `bot_token` to that of the admin."""

    bot_token = fields.String(load_default="")
    code = fields.String(required=True, validate=CODE)


class ChatSchema(Schema):
    """The chat in which the code was sent: `chat_id` for a channel, and what people call it."""

    chat_id = fields.String()
    title = fields.String()


@endpoint(
    blueprint, "POST", "/channels/telegram-chat", body=CodeSchema, returns=ChatSchema(),
    errors=(404, 409),
)  # fmt: skip
def show_chat(body: dict[str, Any]) -> Response:
    """Ask Telegram in which chat the code was sent to the bot last; nothing is stored."""
    settings = {"bot_token": body["bot_token"] or deps().telegram_token, "chat_id": "1"}
    given = checked({"type": "telegram", "name": "-", "settings": settings}, deps().webhooks.rules)
    if "bot_token" not in given.settings:
        raise FieldError("bot_token", "is needed: a token as @BotFather gives it")
    found = find_chat(given.settings["bot_token"], body["code"], deps().http)
    return answer({"chat_id": found.id, "title": found.title})
