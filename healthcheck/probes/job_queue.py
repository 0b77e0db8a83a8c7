"""Count the jobs of the RQ queue by state: four commands to Redis.

RQ keeps a queue in a list and jobs that run, failed or wait for their time in sorted sets
(https://github.com/rq/rq/blob/master/rq/registry.py).
"""

from healthcheck.probes.connection import ProbeError, connection

COMMANDS = {
    "waiting": b"LLEN rq:queue:app1\r\n",
    "running": b"ZCARD rq:wip:app1\r\n",
    "scheduled": b"ZCARD rq:scheduled:app1\r\n",
    "failed": b"ZCARD rq:failed:app1\r\n",
}


def jobs(port: int, timeout_seconds: float) -> dict[str, int]:
    """Return how many jobs are in each state; raise ProbeError when Redis gives no answer."""
    with connection(port, timeout_seconds) as sock:
        sock.sendall(b"".join(COMMANDS.values()))
        reply = b""
        while reply.count(b"\r\n") < len(COMMANDS):
            more = sock.recv(256)
            if not more:
                raise ProbeError("closes the connection instead of answering")
            reply += more
        return read(reply)


def read(reply: bytes) -> dict[str, int]:
    """Return the integers of the reply by state; raise ProbeError for any other reply."""
    lines = reply.decode(errors="replace").splitlines()
    if not all(line.startswith(":") for line in lines):
        raise ProbeError(f"answers the length of a queue with {lines[0]!r}")
    return {state: int(line[1:]) for state, line in zip(COMMANDS, lines, strict=True)}
