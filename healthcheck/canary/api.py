"""Read /api/data with the canary's key, as a program of a user does."""

import json
import re
from typing import NamedTuple
from urllib.parse import quote

from healthcheck.probes.connection import ProbeError, connection

KEY = "sent"
MAX_REPLY_BYTES = 100_000
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
NOTICE = re.compile(rb"^X-QLines-Notice: *([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


class Newest(NamedTuple):
    """The number of the newest message that can be read, and what the API says beside it."""

    number: int | None
    notice: str


class RefusedError(ProbeError):
    """The API works and refuses the canary, for example after MongoDB was restored without it."""


def read(port: int, request: bytes, timeout_seconds: float) -> Newest:
    """Return the canary's newest message in /api/data; raise ProbeError when it does not answer."""
    reply = b""
    with connection(port, timeout_seconds) as sock:
        sock.sendall(request)
        while len(reply) < MAX_REPLY_BYTES and (more := sock.recv(16_384)):
            reply += more
    return judge(reply)


def request_for(device_name: str, api_key: str) -> bytes:
    """Return the request for one device's row; in HTTP/1.0 the connection's end ends the answer."""
    return (
        f"GET /api/data?per_page=1&search={quote(device_name)} HTTP/1.0\r\n"
        f"Host: localhost\r\nAuthorization: Bearer {api_key}\r\nUser-Agent: healthcheck\r\n\r\n"
    ).encode()


def judge(reply: bytes) -> Newest:
    """Return what a page of /api/data holds; raise ProbeError for any other answer."""
    head, _, body = reply.partition(b"\r\n\r\n")
    status = STATUS.match(head)
    if status is None:
        raise ProbeError("answers with something that is not HTTP")
    if status[1] != b"200":
        error = ProbeError if status[1] >= b"500" else RefusedError
        raise error(f"answers with HTTP status {status[1].decode()}")
    notice = NOTICE.search(head)
    try:
        rows = json.loads(body)["items"]
        values = rows[0]["values"]
        number = int(values[KEY]["value"]) if KEY in values else None
    except (ValueError, KeyError, TypeError):
        raise ProbeError("answers with something that is not a page of devices") from None
    except IndexError:
        raise RefusedError("does not list the canary's device") from None
    return Newest(number, notice[1].decode(errors="replace") if notice else "")
