"""Hold one long poll for each token, and end with a sentence when one of them is answered.

``python -m tests.bench.poll_holder TOKENS`` runs in the network of the appliance: through Docker's
proxy for published ports there is no room for so many connections.
"""

import resource
import selectors
import socket
import sys
from pathlib import Path

ADDRESS = ("127.0.0.1", 5000)
# Longer than it is measured; the longest that a device may ask for.
POLL_MS = 300_000
REQUEST = "GET /api/v1/{token}/rpc?timeout={ms} HTTP/1.1\r\nHost: qlines\r\n\r\n"
AT_ONCE = 50
HELD_WHEN_QUIET_SECONDS = 5.0


def main() -> None:
    """Open all of them, say so, and wait for what must not come."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    selector = selectors.DefaultSelector()
    tokens = Path(sys.argv[1]).read_text().split()
    for count, token in enumerate(tokens):
        poll = socket.create_connection(ADDRESS, timeout=30)
        poll.sendall(REQUEST.format(token=token, ms=POLL_MS).encode())
        poll.setblocking(False)
        selector.register(poll, selectors.EVENT_READ)
        if count % AT_ONCE == 0:
            _refuse_answers(selector, 0.1)
    _refuse_answers(selector, HELD_WHEN_QUIET_SECONDS)
    sys.stdout.write(f"{len(tokens)} polls are held\n")
    sys.stdout.flush()
    while True:
        _refuse_answers(selector, 60)


def _refuse_answers(selector: selectors.BaseSelector, seconds: float) -> None:
    for key, _ in selector.select(seconds):
        poll = key.fileobj
        assert isinstance(poll, socket.socket)
        sys.exit(f"a poll was answered, and nothing was to arrive: {poll.recv(500)!r}")


if __name__ == "__main__":
    main()
