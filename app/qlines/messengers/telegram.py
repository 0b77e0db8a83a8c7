"""Messages by a bot of Telegram.

Source: core.telegram.org/bots/api. A bot may send one message a second to a chat (PAUSE_SECONDS in
by_type.py keeps to it); when it has sent too many the answer says for how long to wait. A group
that becomes a supergroup has another id, which the answer about the former one names.
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from qlines.clock import utc_datetime
from qlines.messengers import result
from qlines.messengers.http_answer import of_api
from qlines.messengers.means import Means
from qlines.messengers.message import Message, shortened
from qlines.messengers.result import Result
from qlines.webhook.http import Response
from qlines.webhook.sender import Request

API = "https://api.telegram.org"
# Telegram's limit is 4,096 of UTF-16, in which some characters count twice.
MAX_CHARACTERS = 4_096
NO_BOT = "no bot of Telegram is set: the admin sets one by QLINES_TELEGRAM_BOT_TOKEN"
MALFORMED = "the token of the bot is not one as @BotFather gives it: link the chat again by a code"
TOKEN = re.compile(r"[A-Za-z0-9:_-]+")
UNKNOWN_BOT = frozenset({401, 404})
WRONG_BOT = (
    "Telegram does not know the token of the bot: the admin sets QLINES_TELEGRAM_BOT_TOKEN as"
    " @BotFather gives it"
)
BLOCKED = 403  # the person has blocked the bot, or it was removed from the group


def send(settings: Mapping[str, str], message: Message, means: Means) -> Result:
    """Send a message to ``settings["chat_id"]`` once; raise WebhookError without an answer.

    To a group that has a new id it is sent there.
    """
    # Of its own is the bot of channels that were made when people set bots themselves.
    own_token = settings.get("bot_token")
    token = own_token or means.telegram_token
    if not token:
        return result.refused(NO_BOT)._replace(is_receivers=False)
    if not TOKEN.fullmatch(
        token
    ):  # else the sentence about a wrong address would show it to people
        return result.refused(MALFORMED)
    text = text_of(message, means.public_url)
    response = _sent(token, settings["chat_id"], text, means)
    if response.status in UNKNOWN_BOT and not own_token:  # a fault of ours, and of all chats
        return result.retry(WRONG_BOT)._replace(is_receivers=False)
    new_id = new_chat_id(response)
    if not new_id:
        return of_answer(response, means)
    moved = _sent(token, new_id, text, means)
    return of_answer(moved, means)._replace(moved_to={"chat_id": new_id})


def _sent(token: str, chat_id: str, text: str, means: Means) -> Response:
    given = {"chat_id": chat_id, "text": text, "link_preview_options": {"is_disabled": True}}
    request = Request(orjson.dumps(given), [("Content-Type", "application/json")])
    return means.http.request(f"{API}/bot{token}/sendMessage", request)


def new_chat_id(response: Response) -> str:
    """Return the id that a group has now, as it has become a supergroup; "" of all other chats."""
    new_id = _parameters(_json(response)).get("migrate_to_chat_id")
    return str(new_id) if type(new_id) is int else ""


def text_of(message: Message, public_url: str) -> str:
    """Return title, text and link, short enough for Telegram."""
    link = f"\n\n{public_url}{message.path}"
    text = f"{message.title}\n\n{message.text}"
    units, limit = text.encode("utf-16-le"), 2 * (MAX_CHARACTERS - len(link))
    if len(units) > limit:
        text = units[: limit - 2].decode("utf-16-le", errors="ignore") + "…"
    return text + link


def of_answer(response: Response, means: Means) -> Result:
    """Return what Telegram's answer means; its body says more than the status."""
    answer = _json(response)
    description = shortened(str(answer.get("description", "")), 200)
    wait = _parameters(answer).get("retry_after", 0)
    if isinstance(wait, int | float) and wait > 0:
        return result.retry(f"Telegram wants us to wait for {wait:.0f} s", float(wait))
    if response.status == BLOCKED:
        return result.gone(f"Telegram says: {description or 'forbidden'}")
    found = of_api(response, utc_datetime(means.clock.now_us()))
    if found.is_ok:
        return result.ok("Telegram took the message")
    return found._replace(sentence=f"Telegram says: {description or found.sentence}")


def _parameters(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    found = answer.get("parameters")
    return found if isinstance(found, dict) else {}


def _json(response: Response) -> dict[str, Any]:
    try:
        answer = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}
