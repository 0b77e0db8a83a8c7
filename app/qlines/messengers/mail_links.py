"""Links in mails by which a receiver who does not sign in confirms an address, or ends the mails.

What is signed is in the link, so nothing is stored that would open it: the purpose, the channel,
the moment until which it works, and the address. A link for a former address opens nothing.
"""

import base64
import hashlib
import hmac
import ipaddress
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from bson import ObjectId

Purpose = Literal["confirm", "stop"]
PATHS: dict[Purpose, str] = {"confirm": "/confirm-address/", "stop": "/unsubscribe/"}
CONFIRM_WITHIN = timedelta(hours=72)
ALWAYS = 0  # a mail may be read, and ended, after years
MAC_BYTES = 16


class MailLinks(NamedTuple):
    """Makes links that begin with *public_url*, the address that people open in the browser."""

    secret_key: str
    public_url: str

    def confirm(self, channel: str, address: str, now: datetime) -> str:
        """Return the link by which a receiver confirms the address of a channel, for 72 hours."""
        until_s = int((now + CONFIRM_WITHIN).timestamp())
        return self._link(
            "confirm", token_of(self.secret_key, "confirm", channel, address, until_s)
        )

    def stop(self, channel: str, address: str) -> str:
        """Return the link by which a receiver ends the mails of a channel.

        It is "" where the public address is this machine's own, which no receiver can open.
        """
        if opens_only_here(self.public_url):
            return ""
        return self._link("stop", token_of(self.secret_key, "stop", channel, address, ALWAYS))

    def _link(self, purpose: Purpose, token: str) -> str:
        return f"{self.public_url}{PATHS[purpose]}{token}"


def token_of(secret_key: str, purpose: Purpose, channel: str, address: str, until_s: int) -> str:
    """Return what a link ends with; *until_s* is in seconds since 1970, or ALWAYS."""
    signed = "\n".join(("mail link", purpose, channel, str(until_s), address))
    mac = hmac.new(secret_key.encode(), signed.encode(), hashlib.sha256).digest()[:MAC_BYTES]
    return f"{channel}.{until_s}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def channel_in(token: str) -> ObjectId | None:
    """Return the channel that a link names, None for what is not a link; it may be forged."""
    channel = token.partition(".")[0]
    return ObjectId(channel) if ObjectId.is_valid(channel) else None


def is_genuine(secret_key: str, purpose: Purpose, token: str, address: str, now: datetime) -> bool:
    """Return whether we made the link, for this address of its channel, and it still works."""
    channel, _, rest = token.partition(".")
    until = rest.partition(".")[0]
    if not (until.isascii() and until.isdecimal() and len(until) <= 12):
        return False
    expected = token_of(secret_key, purpose, channel, address, int(until))
    if not hmac.compare_digest(expected.encode(), token.encode(errors="replace")):
        return False
    return int(until) == ALWAYS or now.timestamp() < int(until)


def opens_only_here(url: str) -> bool:
    """Return whether an address is one of the machine itself, such as http://localhost:5000."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
