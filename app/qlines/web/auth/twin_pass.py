"""A pass by which one twin's web app gets the file of one export from the other's; pure.

It is "expires.signature": epoch seconds, and an HMAC by the secret key, which both sides of a
pairing share. It opens one export for a minute, so it does no harm in a log.
"""

import hashlib
import hmac

HEADER = "X-QLines-Twin"
VALID_SECONDS = 60
MAX_APART_SECONDS = 10  # of the clocks of two sides


def make(secret_key: str, export_id: str, now: float) -> str:
    """Return the pass for an export; *now* is epoch seconds."""
    expires = int(now) + VALID_SECONDS
    return f"{expires}.{_signature(secret_key, export_id, expires)}"


def is_valid(text: str, secret_key: str, export_id: str, now: float) -> bool:
    """Return whether *text* is a pass for the export that has not expired."""
    number, _, signature = text.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) <= 12):
        return False
    expires = int(number)
    if not now - MAX_APART_SECONDS <= expires <= now + VALID_SECONDS + MAX_APART_SECONDS:
        return False
    expected = _signature(secret_key, export_id, expires)
    return hmac.compare_digest(signature.encode(), expected.encode())


def _signature(secret_key: str, export_id: str, expires: int) -> str:
    message = f"export of a twin\n{export_id}\n{expires}".encode()
    return hmac.new(secret_key.encode(), message, hashlib.sha256).hexdigest()
