"""The health checker of the appliance: ``python -m healthcheck``, port 5001."""

import logging
import os
import signal
import sys
import threading

from healthcheck.server import State, make_server
from healthcheck.watch import Watch
from qlines import logs
from qlines.clock import SystemClock
from qlines.programs import BY_NAME
from qlines.settings import Settings
from qlines.version import VERSION

log = logging.getLogger(__name__)

# A thread for each request and one for the loop: none of them goes deep.
STACK_BYTES = 256 * 1024


def main() -> int:
    """Look and answer until told to stop."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    threading.stack_size(STACK_BYTES)
    clock = SystemClock()
    watch = Watch(settings, clock, VERSION)

    def state() -> State:
        return State(watch.view, clock.monotonic() - watch.turned_at)

    server = make_server(BY_NAME["healthd"].ports[0], settings.health_token, state)
    # shutdown() waits for the loop that this very thread runs: it needs another one.
    signal.signal(
        signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start()
    )
    watch.start()
    log.info("ready: answers on port %s", server.server_port)
    server.serve_forever(poll_interval=1.0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
