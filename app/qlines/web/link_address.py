"""At which address a link begins that an admin hands out, and what to say about it; pure.

A link that is mailed begins with QLINES_PUBLIC_URL always: the address of a request is what a
browser, or somebody else, says in a header. One that is shown to the admin who asked for it may
begin with the address that this admin is at.
"""

from typing import NamedTuple
from urllib.parse import urlsplit

from qlines.messengers.mail_links import opens_only_here

SETTING = "QLINES_PUBLIC_URL"
PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """How a link begins, such as https://devices.example.com, and a sentence about it or none."""

    url: str
    note: str = ""


def mailed(public_url: str) -> Origin:
    """Return how a mailed link begins."""
    return Origin(public_url, _opens_only_here(public_url) if opens_only_here(public_url) else "")


def shown(public_url: str, seen_at: str) -> Origin:
    """Return how a link begins that an admin sees whose browser is at *seen_at*."""
    if not opens_only_here(public_url):
        differs = _parts(public_url) != _parts(seen_at)
        note = f"The link begins with {SETTING}, and you are at {seen_at}. If it does not open, "
        return Origin(public_url, f"{note}correct that setting." if differs else "")
    if opens_only_here(seen_at):
        return Origin(public_url, _opens_only_here(public_url))
    return Origin(
        seen_at,
        f"The link begins with the address that you are at, because {SETTING} is {public_url}, "
        "which opens only on this server. Set it to the address that everybody opens.",
    )


def _opens_only_here(public_url: str) -> str:
    return (
        f"The link begins with {public_url}, which opens only on this server: "
        f"set {SETTING} to the address that everybody opens, and make another link."
    )


def _parts(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)
