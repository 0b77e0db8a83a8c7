"""When the certificates of the links expire; without cryptography, which only the proxy has."""

import re
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

SOON_SECONDS = 60 * 86_400.0
MEANINGS: Mapping[str, str] = {
    "link.pem": "the certificate of this side's links",
    "ca.pem": "the certificate of the pairing's authority",
}
REMEDY = "`make twin-invite` renews it, then `make twin-join` on the other VM"
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL)
# Two times one after the other, of which the second is the end: as UTCTime before the year 2050,
# else as GeneralizedTime (RFC 5280, 4.1.2.5).
_TIME = rb"(?:\x17\x0d(\d{12})Z|\x18\x0f(\d{14})Z)"
_VALIDITY = re.compile(_TIME + _TIME)


def read(folder: Path) -> dict[str, float]:
    """Return the end, in epoch seconds, of each certificate in the pairing's *folder*.

    One that cannot be read is left out: then the links are down, which says why.
    """
    found = {}
    for name in MEANINGS:
        try:
            found[name] = end_of((folder / name).read_text())
        except (OSError, ValueError):
            continue
    return found


def end_of(text: str) -> float:
    """Return the end of a certificate in PEM; raise ValueError for another text."""
    certificate = _CERTIFICATE.search(text)
    validity = _VALIDITY.search(ssl.PEM_cert_to_DER_cert(certificate[0]) if certificate else b"")
    if not validity:
        raise ValueError("there is no certificate with a validity in the text")
    digits = (b"20" + validity[3] if validity[3] else validity[4]).decode()
    return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()


def problems(ends: Mapping[str, float], now: float) -> list[str]:
    """Return a sentence for each certificate that expires soon, or has; *now* is epoch seconds."""
    return [
        f"{MEANINGS[name]} ({name}) {_when(end, now)}: {REMEDY}"
        for name, end in ends.items()
        if end - now < SOON_SECONDS
    ]


def _when(end: float, now: float) -> str:
    day = f"{datetime.fromtimestamp(end, UTC):%Y-%m-%d}"
    if end < now:
        return f"expired on {day}"
    return f"expires in {(end - now) // 86_400:.0f} days, on {day}"
