"""The address of a webhook, checked; pure."""

from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from qlines.errors import FieldError
from qlines.webhook import addresses

MAX_CHARACTERS = 2_000
EXAMPLE = "https://example.com/calls"


class Rules(NamedTuple):
    """What the admin allows (QLINES_WEBHOOK_HTTP, QLINES_WEBHOOK_PRIVATE_ADDRESSES)."""

    allows_http: bool = False
    allows_private: bool = False


class Target(NamedTuple):
    """An address in parts; *resource* is path and query, *host* a name or an IP address."""

    is_tls: bool
    host: str
    port: int
    resource: str

    @property
    def authority(self) -> str:
        """Return the host as the header ``Host`` has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_tls else 80) else f"{host}:{self.port}"


def parse(url: str, rules: Rules) -> Target:
    """Return the parts of an address; raise FieldError for one that may not be used.

    What a name stands for is checked when it is used (resolve.py).
    """
    if len(url) > MAX_CHARACTERS or not url.isascii() or not url.isprintable() or " " in url:
        raise _refused(f"have at most {MAX_CHARACTERS:,} ASCII characters, without spaces", url)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused(f"be an address such as {EXAMPLE} ({error})", url) from None
    schemes = ("https", "http") if rules.allows_http else ("https",)
    if parts.scheme not in schemes or not parts.hostname:
        raise _refused(f"begin with {' or '.join(schemes)}, as in {EXAMPLE}", url)
    if parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        raise _refused("have no user, password, fragment or port 0", url)
    _check_number(parts.hostname, rules)
    resource = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    is_tls = parts.scheme == "https"
    return Target(is_tls, parts.hostname, port or (443 if is_tls else 80), resource)


def _check_number(host: str, rules: Rules) -> None:
    """Raise FieldError when the host is an IP address that is refused, for the person who types."""
    try:
        ip_address(host)
    except ValueError:
        return  # a name
    if adjective := addresses.refusal(host, allows_private=rules.allows_private):
        raise _refused(f"lead to the Internet, and not to a {adjective} address", host)


def _refused(rule: str, got: str) -> FieldError:
    return FieldError("url", f"must {rule}, got {got[:300]!r}")
