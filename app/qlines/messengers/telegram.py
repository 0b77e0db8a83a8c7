"""Messages by a bot of Telegram.

Source: core.telegram.org/bots/api. A bot may send one message a second to a chat (PAUSE_SECONDS in
by_type.py keeps to it); when it has sent too many the answer says for how long to wait.
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
    """Send a message to ``settings["chat_id"]`` once; raise WebhookError without an answer."""
    # Of its own is the bot of channels that were made when people set bots themselves.
    own_token = settings.get("bot_token")
    token = own_token or means.telegram_token
    if not token:
        return result.refused(NO_BOT)._replace(is_receivers=False)
    if not TOKEN.fullmatch(
        token
    ):  # else the sentence about a wrong address would show it to people
        return result.refused(MALFORMED)
    body = orjson.dumps(
        {
            "chat_id": settings["chat_id"],
            "text": text_of(message, means.public_url),
            "link_preview_options": {"is_disabled": True},
        }
    )
    request = Request(body, [("Content-Type", "application/json")])
    response = means.http.request(f"{API}/bot{token}/sendMessage", request)
    if response.status in UNKNOWN_BOT and not own_token:  # a fault of ours, and of all chats
        return result.retry(WRONG_BOT)._replace(is_receivers=False)
    return of_answer(response, means)


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
    parameters = answer.get("parameters")
    wait = parameters.get("retry_after", 0) if isinstance(parameters, dict) else 0
    if isinstance(wait, int | float) and wait > 0:
        return result.retry(f"Telegram wants us to wait for {wait:.0f} s", float(wait))
    if isinstance(parameters, dict) and "migrate_to_chat_id" in parameters:
        return result.gone("Telegram has given the group a new id: link it again by a code")
    if response.status == BLOCKED:
        return result.gone(f"Telegram says: {description or 'forbidden'}")
    found = of_api(response, utc_datetime(means.clock.now_us()))
    if found.is_ok:
        return result.ok("Telegram took the message")
    return found._replace(sentence=f"Telegram says: {description or found.sentence}")


def _json(response: Response) -> dict[str, Any]:
    try:
        answer = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}
