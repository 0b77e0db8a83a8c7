"""Send Redis the inline command PING (https://redis.io/docs/latest/develop/reference/protocol-spec)."""

from healthcheck.probes.connection import ProbeError, connection


def probe(port: int, timeout_seconds: float) -> str:
    """Return that Redis answers; raise ProbeError otherwise, as while it loads its file."""
    with connection(port, timeout_seconds) as sock:
        sock.sendall(b"PING\r\n")
        return judge(sock.recv(256))


def judge(reply: bytes) -> str:
    """Return a sentence for +PONG; raise ProbeError for any other reply."""
    if not reply.startswith(b"+PONG"):
        raise ProbeError(f"answers PING with {reply[:80].decode(errors='replace').strip()!r}")
    return "answers PING"
