"""Find the chat in which a person has written a code to a bot of Telegram.

A bot may write only to who has written to it first, and a chat is known by a number that Telegram
shows nowhere. So the person sends the bot ``/start CODE``, and the bot's updates say in which chat.
Source: core.telegram.org/bots/api#getupdates; they are kept there for a day.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from qlines.errors import ConflictError, FieldError, NotFoundError, WebhookError
from qlines.messengers.means import Requests
from qlines.messengers.message import shortened
from qlines.messengers.telegram import API
from qlines.webhook.http import Response
from qlines.webhook.sender import Request

KINDS = ("message", "channel_post")  # of updates that have a text
ASKED = orjson.dumps({"timeout": 0, "allowed_updates": KINDS})
UNKNOWN_TOKEN = frozenset({401, 404})


class Chat(NamedTuple):
    """A chat: its id as `sendMessage` takes it, and what people call it."""

    id: str
    title: str


def find_chat(token: str, code: str, http: Requests) -> Chat:
    """Return the chat in which the code was sent last.

    Raise NotFoundError when it was sent nowhere, FieldError when Telegram does not know the token,
    ConflictError when it says nothing, with its reason.
    """
    request = Request(ASKED, [("Content-Type", "application/json")])
    try:
        response = http.request(f"{API}/bot{token}/getUpdates", request)
    except WebhookError as error:
        raise ConflictError(f"Telegram was not asked: {error}") from None
    chats = [chat for text, chat in _texts(_updates(response)) if _code_in(text) == code]
    if not chats:
        raise NotFoundError(
            f"the bot has got no message '/start {code}' yet: send it, and press again"
        )
    return chats[-1]


def _code_in(text: str) -> str:
    """Return CODE of ``/start CODE``, "" of all else.

    The bot of the admin is everybody's: who asks for a word must not find whose chat has it.
    """
    words = text.split()
    is_start = len(words) == 2 and words[0].partition("@")[0] == "/start"
    return words[1] if is_start else ""


def _updates(response: Response) -> list[Mapping[str, Any]]:
    if response.status in UNKNOWN_TOKEN:
        raise FieldError("bot_token", "is not known to Telegram: copy it from @BotFather again")
    try:
        answer = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        answer = {}
    if not isinstance(answer, dict) or not isinstance(answer.get("result"), list):
        said = answer.get("description", "") if isinstance(answer, dict) else ""
        reason = shortened(str(said), 200) or f"status {response.status}"
        raise ConflictError(f"Telegram says: {reason}")
    return [update for update in answer["result"] if isinstance(update, dict)]


def _texts(updates: list[Mapping[str, Any]]) -> Iterator[tuple[str, Chat]]:
    """Yield the text of each message with its chat, the oldest first."""
    for update in updates:
        message: Mapping[str, Any] = next((update[one] for one in KINDS if one in update), {})
        chat = message.get("chat", {})
        if "id" in chat:
            title = chat.get("title") or chat.get("first_name") or chat.get("username") or ""
            yield str(message.get("text", "")), Chat(str(chat["id"]), str(title))
