"""Check that a public name leads to this proxy, before the authority does.

The authority counts failed validations, and too many of them block the name for hours; this check
costs nothing. It asks as the authority would: by plain HTTP, following redirects.
"""

import http.client
import secrets
import ssl
import urllib.error
import urllib.request
from pathlib import Path

CHALLENGES = ".well-known/acme-challenge"
TIMEOUT_SECONDS = 8


def problem(name: str, port: int, webroot: Path) -> str:
    """Return "" when *name* leads here, otherwise the reason as a sentence."""
    token = f"check-{secrets.token_urlsafe(12)}"
    file = webroot / CHALLENGES / token
    expected = secrets.token_urlsafe(24)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(expected)
    try:
        fetched = _fetch(f"http://{name}:{port}/{CHALLENGES}/{token}")
    except (OSError, http.client.HTTPException) as error:
        return f"http://{name}:{port} does not lead here: {getattr(error, 'reason', error)}"
    finally:
        file.unlink(missing_ok=True)
    return "" if fetched == expected else f"http://{name}:{port} is answered by another machine"


def _fetch(url: str) -> str:
    # A redirect may lead to our placeholder's TLS, whose certificate the authority does not verify.
    opener = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=ssl._create_unverified_context()),  # noqa: S323 - as above
        urllib.request.ProxyHandler({}),  # no HTTP proxy, as from outside
    )
    with opener.open(url, timeout=TIMEOUT_SECONDS) as answer:
        text: bytes = answer.read(1000)
    return text.decode(errors="replace")
