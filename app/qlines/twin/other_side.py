"""Ask the other side, through the link, whether it may serve what is served here."""

import json
import socket

from appliance.shared.twin import ADDRESSES, SERVICES, Twin

# The role of this side must not grow old in the meantime (qlines.role.STALE_SECONDS).
TIMEOUT_SECONDS = 1.0
PORT = SERVICES["app"]["health"].port
READY = "ok"
# By hand: http.client would bring TLS and e-mail along, 2 MB. The server closes after the answer.
_REQUEST = b"GET /health/ready HTTP/1.0\r\n\r\n"


def status(twin: Twin) -> str:
    """Return the status of its /health/ready in one word, "away" when it does not answer."""
    try:
        with socket.create_connection((ADDRESSES[twin.other], PORT), TIMEOUT_SECONDS) as connection:
            connection.sendall(_REQUEST)
            answer = b"".join(iter(lambda: connection.recv(4096), b""))
        return str(json.loads(answer.partition(b"\r\n\r\n")[2])["status"])
    except (OSError, ValueError, KeyError, TypeError):
        return "away"
