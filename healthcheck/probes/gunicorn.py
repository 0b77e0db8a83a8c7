"""Ask the web server for a page by HTTP/1.0: any answer below 500 shows a worker at work."""

import re

from healthcheck.probes.connection import ProbeError, connection

REQUEST = b"GET /robots.txt HTTP/1.0\r\nHost: localhost\r\nUser-Agent: healthcheck\r\n\r\n"


def probe(port: int, timeout_seconds: float) -> str:
    """Return that a page was answered; a port alone opens before there is a worker."""
    with connection(port, timeout_seconds) as sock:
        sock.sendall(REQUEST)
        return judge(sock.recv(64))


def judge(reply: bytes) -> str:
    """Read the status line."""
    found = re.match(rb"HTTP/1\.[01] (\d{3})", reply)
    if not found:
        raise ProbeError("answers with something that is not HTTP")
    if found[1] >= b"500":
        raise ProbeError(f"answers with HTTP status {found[1].decode()}")
    return "answers HTTP"
