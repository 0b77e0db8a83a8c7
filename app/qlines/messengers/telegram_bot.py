"""What a bot of Telegram is asked and told beside messages: its name, what people wrote, a reply.

A bot may write only to who has written to it first, and a chat is known by a number that Telegram
shows nowhere. So a person sends ``/start CODE`` to the bot, or has a link do that, and the bot's
updates say in which chat. Source: core.telegram.org/bots/api, core.telegram.org/bots/features.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from qlines.errors import QLinesError, WebhookError
from qlines.messengers.means import Requests
from qlines.messengers.message import shortened
from qlines.messengers.telegram import API, UNKNOWN_BOT, WRONG_BOT
from qlines.webhook.sender import Request

KINDS = ("message", "channel_post")  # of updates that have a text
# In JSON a message of 4,096 characters may have 25 kB, and quotes another one.
MAX_UPDATES, MAX_ANSWER_BYTES = 10, 1_048_576
CODE = re.compile(r"[A-Za-z0-9_-]{16,64}")  # the alphabet and the length that links may have


class BotError(QLinesError):
    """Telegram gives no answer that can be used; the sentence says why."""


class Start(NamedTuple):
    """That somebody has sent ``/start CODE`` in a chat; *title* is what people call it."""

    code: str
    chat_id: str
    title: str
    at: datetime


class Updates(NamedTuple):
    """The starts among some updates, the oldest first; *offset* is that of the next ones."""

    offset: int
    starts: list[Start]


class Bot:
    """The bot with this token. Each method asks once; all raise BotError."""

    def __init__(self, token: str, http: Requests) -> None:
        self.id = token.partition(":")[0]  # the rest is the secret
        self._token = token
        self._http = http

    def username(self) -> str:
        """Return the name by which links lead to the bot."""
        found = self._call("getMe", {})
        if not isinstance(found, dict) or not isinstance(found.get("username"), str):
            raise BotError("Telegram does not say the name of the bot")
        return str(found["username"])

    def updates(self, username: str, offset: int, wait_seconds: int) -> Updates:
        """Return what people wrote from *offset* on, waiting for it; what is before is forgotten.

        Telegram keeps it for a day, and answers one caller at a time. After a week without updates
        their numbers begin anywhere: where *offset* is beyond them, it answers with the oldest.
        """
        asked = {
            "offset": offset, "timeout": wait_seconds, "limit": MAX_UPDATES,
            "allowed_updates": KINDS,
        }  # fmt: skip
        found = self._call("getUpdates", asked)
        given = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        numbers = [one["update_id"] for one in given if isinstance(one.get("update_id"), int)]
        return Updates(max(numbers, default=offset - 1) + 1, list(starts(given, username)))

    def reply(self, chat_id: str, text: str) -> None:
        """Write into a chat."""
        self._call("sendMessage", {"chat_id": chat_id, "text": text})

    def _call(self, method: str, given: Mapping[str, Any]) -> Any:
        request = Request(orjson.dumps(given), [("Content-Type", "application/json")])
        try:
            response = self._http.request(f"{API}/bot{self._token}/{method}", request)
        except WebhookError as error:
            raise BotError(f"Telegram was not reached: {error}") from None
        if response.status in UNKNOWN_BOT:
            raise BotError(WRONG_BOT)
        try:
            answer = orjson.loads(response.body)
        except orjson.JSONDecodeError:
            answer = {}
        if not isinstance(answer, dict) or answer.get("ok") is not True:
            said = answer.get("description", "") if isinstance(answer, dict) else ""
            reason = shortened(str(said), 200) or f"status {response.status}"
            raise BotError(f"Telegram says: {reason}")
        return answer.get("result")


def starts(updates: list[dict[str, Any]], username: str) -> Iterator[Start]:
    """Yield what the updates have of ``/start CODE``, which may be for another bot of a group."""
    for update in updates:
        message: Mapping[str, Any] = next(
            (update[one] for one in KINDS if isinstance(update.get(one), dict)), {}
        )
        chat, at = message.get("chat"), message.get("date")
        code = code_in(str(message.get("text", "")), username)
        if code and isinstance(chat, dict) and "id" in chat and isinstance(at, int):
            title = chat.get("title") or chat.get("first_name") or chat.get("username") or ""
            yield Start(code, str(chat["id"]), str(title), datetime.fromtimestamp(at, UTC))


def code_in(text: str, username: str) -> str:
    """Return CODE of ``/start CODE`` or ``/start@bot CODE``, "" of all else."""
    words = text.split()
    if len(words) != 2 or not CODE.fullmatch(words[1]):
        return ""
    command, _, bot = words[0].partition("@")
    is_ours = not bot or bot.lower() == username.lower()
    return words[1] if command == "/start" and is_ours else ""
