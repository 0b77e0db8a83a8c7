"""Query ClickHouse over its HTTP interface; clickhouse-driver would cost the checker 20 MB."""

import http.client

from healthcheck.probes.connection import ProbeError, connection

REQUEST = b"GET /?query=SELECT+version() HTTP/1.0\r\nHost: localhost\r\n\r\n"
MAX_REPLY_BYTES = 200


def probe(port: int, timeout_seconds: float) -> str:
    """Return that the query was answered, with the server's version; raise ProbeError otherwise."""
    with connection(port, timeout_seconds) as sock:
        sock.sendall(REQUEST)
        response = http.client.HTTPResponse(sock)
        try:
            response.begin()
            return judge(response.status, response.read(MAX_REPLY_BYTES))
        except http.client.HTTPException:
            raise ProbeError("answers with something that is not HTTP") from None


def judge(status: int, body: bytes) -> str:
    """Accept status 200; otherwise raise ProbeError with what ClickHouse says."""
    text = body.decode(errors="replace").strip()
    if status != http.client.OK:
        raise ProbeError(f"answers SELECT version() with HTTP status {status}: {text}")
    return f"answers SELECT version() ({text})"
