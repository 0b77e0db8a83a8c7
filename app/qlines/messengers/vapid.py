"""Who sends web pushes, proven to the browsers' vendors by VAPID (RFC 8292).

The key pair is derived from QLINES_SECRET_KEY, which is made at first boot, is in the backups, and
is the same at all nodes and both twins: so a browser that has subscribed at one of them is reached
from each of them, and there is no second secret to keep.
"""

import base64
import hashlib
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

PURPOSE = b"QLines web push "
CURVE_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
LIFETIME_SECONDS = 12 * 3600  # RFC 8292 allows 24 h at most


class VapidKey:
    """The key of this appliance; *subject* is a mailto: or https: address of who runs it."""

    def __init__(self, secret_key: str, subject: str) -> None:
        self._secret_key = secret_key
        self.subject = subject

    @cached_property
    def _private(self) -> Any:
        # cryptography takes some megabytes, which only programs that use the key need.
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - see above

        digest = hashlib.sha512(PURPOSE + self._secret_key.encode()).digest()
        # 512 bits modulo an order of 256: no number is noticeably more likely than another.
        number = int.from_bytes(digest) % (CURVE_ORDER - 1) + 1
        return ec.derive_private_key(number, ec.SECP256R1())

    @cached_property
    def public(self) -> str:
        """The public key as browsers take it: the uncompressed point in Base64 without padding."""
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - see above

        point = self._private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return base64.urlsafe_b64encode(point).rstrip(b"=").decode()

    def authorization(self, endpoint: str, now: int) -> str:
        """Return the header Authorization for one endpoint; *now* is epoch seconds.

        The claims are made for each of them: a token for one vendor is refused by the others.
        """
        from py_vapid import Vapid02  # noqa: PLC0415 - see above

        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": now + LIFETIME_SECONDS,
            "sub": self.subject,
        }
        return str(Vapid02(self._private).sign(claims)["Authorization"])


def subject_of(public_url: str, admin_email: str) -> str:
    """Return what vendors learn about who sends: the appliance's address, or the admin's."""
    parts = urlsplit(public_url)
    is_public = parts.scheme == "https" and "." in (parts.hostname or "")
    return f"https://{parts.netloc}" if is_public else f"mailto:{admin_email}"
