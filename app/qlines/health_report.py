"""Ask the health checker of this container, which answers its own loopback without a token."""

import http.client
import json
from typing import Any

from qlines.errors import StoreUnavailableError

HOST = "127.0.0.1"
PORT = 5001
TIMEOUT_SECONDS = 10.0
DEEP, DAY = "/health/deep", "/health/day"


def ask(path: str) -> dict[str, Any]:
    """Return what the checker answers; raise StoreUnavailableError when it does not."""
    connection = http.client.HTTPConnection(HOST, PORT, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise StoreUnavailableError("the health checker", error) from None
    finally:
        connection.close()
    return answer
