"""Ask the other side, through the link, whether it may serve what is served here."""

import http.client
import json

from appliance.shared.twin import ADDRESSES, SERVICES, Twin

# The role of this side must not grow old in the meantime (qlines.role.STALE_SECONDS).
TIMEOUT_SECONDS = 1.0
PORT = SERVICES["app"]["health"].port
READY = "ok"


def status(twin: Twin) -> str:
    """Return the status of its /health/ready in one word, "away" when it does not answer."""
    connection = http.client.HTTPConnection(ADDRESSES[twin.other], PORT, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        return str(json.loads(connection.getresponse().read())["status"])
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return "away"
    finally:
        connection.close()
