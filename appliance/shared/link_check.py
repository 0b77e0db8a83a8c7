"""Try the link to a counterpart as stunnel does, and say in one sentence why it is down."""

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from appliance.shared.twin import FOLDER, Twin, certificate_name

# Any answer of the other side's health checker shows that the link works.
_REQUEST = b"HEAD /health/live HTTP/1.0\r\n\r\n"
_SERVICE = "health"

Check = Callable[[Twin, Path, str, float], None]


class LinkError(Exception):
    """A link is down; the text says why, as the end of a sentence about it."""


def check(twin: Twin, data_dir: Path, side: str, timeout_seconds: float) -> None:
    """Connect to the counterpart on *side* and hear its health checker; raise LinkError.

    What this side must prove is refused only after the handshake of TLS 1.3 is complete, so the
    check ends with an answer.
    """
    host, _, port = twin.peers[side].rpartition(":")
    try:
        context = _context(data_dir / FOLDER)
        with (
            socket.create_connection((host.strip("[]"), int(port)), timeout_seconds) as plain,
            context.wrap_socket(plain, server_hostname=_SERVICE) as link,
        ):
            _require_name(link, certificate_name(twin.part, side))
            link.sendall(_REQUEST)
            if not link.recv(16):
                raise LinkError("it works, but the health checker behind it does not answer")
    except ssl.SSLCertVerificationError as error:
        raise LinkError(
            f"the other side's certificate is not valid: {error.verify_message}"
        ) from None
    except ssl.SSLError as error:
        raise LinkError(f"TLS fails ({error.reason})") from None
    except TimeoutError:
        raise LinkError(f"no answer within {timeout_seconds:.1f} s") from None
    except OSError as error:
        raise LinkError(error.strerror or str(error)) from None


def down(
    twin: Twin, data_dir: Path, timeout_seconds: float, check: Check = check
) -> Iterator[tuple[str, str]]:
    """Yield the side and a sentence for each link that is down; the time is shared by them."""
    for side, address in twin.peers.items():
        try:
            check(twin, data_dir, side, timeout_seconds / len(twin.peers))
        except LinkError as error:
            yield side, f"the link to {side} ({address}) is down: {error}"


def _context(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # The name in TLS is the service's; that of the certificate is compared below.
    context.check_hostname = False
    context.load_verify_locations(folder / "ca.pem")
    context.load_cert_chain(folder / "link.pem")
    return context


def _require_name(link: ssl.SSLSocket, name: str) -> None:
    certificate: Mapping[str, Any] = link.getpeercert() or {}
    names = [value for kind, value in certificate.get("subjectAltName", ()) if kind == "DNS"]
    if name not in names:
        raise LinkError(f"its certificate is for {', '.join(names)} instead of {name}")
