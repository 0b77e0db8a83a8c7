"""Messages that a browser shows, encrypted for it, by its vendor (RFC 8291 and 8030)."""

import base64
from collections.abc import Mapping

import http_ece
import orjson
from cryptography.hazmat.primitives.asymmetric import ec

from qlines.clock import utc_datetime
from qlines.messengers.http_answer import of_api
from qlines.messengers.means import Means
from qlines.messengers.message import Message, shortened_to_bytes
from qlines.messengers.result import Result
from qlines.webhook.sender import Request

KEPT_SECONDS = 86_400  # by the vendor, for a browser that is not there
MAX_TEXT_BYTES = 2_000  # vendors take 4,096 bytes of everything
GONE = frozenset({404, 410})  # the subscription has ended
URGENT = frozenset({"critical", "major"})


def send(settings: Mapping[str, str], message: Message, means: Means) -> Result:
    """Send a message to a subscription once; raise WebhookError without an answer.

    The topic (RFC 8030 5.4) has a later message about the same alarm replace one that a browser has
    not had yet.
    """
    endpoint, now_us = settings["endpoint"], means.clock.now_us()
    headers = [
        ("Authorization", means.vapid.authorization(endpoint, now_us // 1_000_000)),
        ("Content-Encoding", "aes128gcm"),
        ("Content-Type", "application/octet-stream"),
        ("TTL", str(KEPT_SECONDS)),
        ("Urgency", "high" if message.severity in URGENT else "normal"),
    ]
    if message.topic:
        headers.append(("Topic", message.topic))
    body = encrypted(payload_of(message), settings)
    response = means.http.request(endpoint, Request(body, headers))
    return of_api(response, utc_datetime(now_us), gone=GONE)


def payload_of(message: Message) -> bytes:
    """Return the JSON that the page's service worker gets: ``{"id", "title", "body", …}``."""
    return orjson.dumps(
        {
            "id": message.id,
            "type": message.type,
            "title": shortened_to_bytes(message.title, 200),
            "body": shortened_to_bytes(message.text, MAX_TEXT_BYTES),
            "path": message.path,
            "tag": message.topic or message.id,
            "severity": message.severity,
        }
    )


def encrypted(payload: bytes, settings: Mapping[str, str]) -> bytes:
    """Return the body that only the browser with this subscription can read."""
    encrypt = http_ece.encrypt(
        payload,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_bytes(settings["p256dh"]),
        auth_secret=_bytes(settings["auth"]),
        version="aes128gcm",
    )
    return bytes(encrypt)


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
