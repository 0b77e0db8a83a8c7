"""Request a page from the web server: any status below 500 proves that a worker serves."""

import re

from healthcheck.probes.connection import ProbeError, connection

REQUEST = b"GET /robots.txt HTTP/1.0\r\nHost: localhost\r\nUser-Agent: healthcheck\r\n\r\n"


def probe(port: int, timeout_seconds: float) -> str:
    """Return that a page was answered; raise ProbeError otherwise.

    An open port proves nothing: gunicorn opens it before there is a worker.
    """
    with connection(port, timeout_seconds) as sock:
        sock.sendall(REQUEST)
        return judge(sock.recv(64))


def judge(reply: bytes) -> str:
    """Return a sentence for a status line below 500; raise ProbeError otherwise."""
    status = re.match(rb"HTTP/1\.[01] (\d{3})", reply)
    if not status:
        raise ProbeError("answers with something that is not HTTP")
    if status[1] >= b"500":
        raise ProbeError(f"answers with HTTP status {status[1].decode()}")
    return "answers HTTP"
