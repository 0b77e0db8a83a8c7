"""Messages to a webhook, as Standard Webhooks describes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from qlines.clock import utc_datetime
from qlines.messengers.http_answer import of_webhook
from qlines.messengers.means import Means
from qlines.messengers.message import Message, shortened_to_bytes
from qlines.messengers.result import Result
from qlines.webhook import signature
from qlines.webhook.sender import Request

MAX_BODY_BYTES = 20_000  # the standard's advice
MAX_CUT_TEXT_BYTES = 4_000  # of a text that makes a body too long
LIST = "alarms"  # of the data: what is cut when a body is too long


def send(settings: Mapping[str, str], message: Message, means: Means) -> Result:
    """Send a message to ``settings["url"]`` once; raise WebhookError without an answer."""
    now_us = means.clock.now_us()
    body = body_of(message, means.public_url)
    secrets = signing_secrets(settings, utc_datetime(now_us))
    headers = [
        ("Content-Type", "application/json"),
        *signature.headers(secrets, message.id, now_us // 1_000_000, body),
    ]
    response = means.http.request(settings["url"], Request(body, headers))
    return of_webhook(response, utc_datetime(now_us))


def body_of(message: Message, public_url: str) -> bytes:
    """Return the JSON ``{"type", "timestamp", "data"}``, the same in every attempt.

    The data have the title and the text for people too. When it becomes too long the text is cut,
    whose lines say what the list does, and then the list of alarms; ``more`` says how many of them
    are missing.
    """
    data: dict[str, Any] = {
        "title": message.title, "text": message.text, "severity": message.severity,
        "url": public_url + message.path, **message.data,
    }  # fmt: skip
    if len(_body(message, data)) > MAX_BODY_BYTES:
        data["text"] = shortened_to_bytes(message.text, MAX_CUT_TEXT_BYTES)
    while len(body := _body(message, data)) > MAX_BODY_BYTES and (items := data.get(LIST)):
        kept = items[: len(items) * 3 // 4]
        data |= {LIST: kept, "more": data.get("more", 0) + len(items) - len(kept)}
    return body


def _body(message: Message, data: Mapping[str, Any]) -> bytes:
    return orjson.dumps({"type": message.type, "timestamp": message.at.isoformat(), "data": data})


def signing_secrets(settings: Mapping[str, str], now: datetime) -> list[str]:
    """Return the secrets with which messages are signed at this moment, the newest first; pure."""
    secrets = [settings["secret"]]
    until = settings.get("old_secret_until", "")
    if until and datetime.fromisoformat(until) > now:
        secrets.append(settings["old_secret"])
    return secrets
