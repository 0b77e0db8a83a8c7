"""Sign messages as Standard Webhooks describes it; pure but for new secrets.

The source is the specification of standardwebhooks.com: a secret is ``whsec_`` and 24 to 64 random
bytes in Base64; the signature is HMAC-SHA256 over "id.timestamp.body".
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"
SECRET_BYTES = 32


def make_secret() -> str:
    """Return a new random secret, in the form that receivers' libraries take."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def make_id() -> str:
    """Return a new id of a message, by which a receiver tells repetitions."""
    return f"msg_{secrets.token_urlsafe(18)}"


def headers(
    secret_texts: Iterable[str], message_id: str, timestamp: int, body: bytes
) -> list[tuple[str, str]]:
    """Return the three headers; *timestamp* is seconds since 1970, of this attempt.

    While a secret is being replaced there are two, and the receiver may know either.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    return [
        ("webhook-id", message_id),
        ("webhook-timestamp", str(timestamp)),
        ("webhook-signature", " ".join(_signature(one, signed) for one in secret_texts)),
    ]


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
