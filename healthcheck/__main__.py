"""The health checker of the appliance: ``python -m healthcheck``, port 5001."""

import logging
import os
import signal
import sys
import threading

from appliance.shared.http_server import Request, Response, make_server
from healthcheck.day.loop import Day
from healthcheck.metrics.meter import Meter
from healthcheck.monitor import Monitor
from healthcheck.response import State, response_to
from qlines import logs, nodes_file
from qlines.clock import SystemClock
from qlines.programs import BY_NAME
from qlines.settings import Settings
from qlines.version import VERSION

log = logging.getLogger(__name__)

# One thread per request and one for the loop; none has a deep stack.
STACK_BYTES = 256 * 1024


def main() -> int:
    """Check and answer until SIGTERM."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    threading.stack_size(STACK_BYTES)
    clock = SystemClock()
    monitor = Monitor(settings, clock, VERSION)
    meter = Meter(lambda: monitor.view, clock)
    day = Day(settings.data_dir, lambda: monitor.view, lambda: meter.measured, clock)

    def respond(request: Request) -> Response:
        seen = nodes_file.read(settings.run_dir, clock.now_us() / 1e6) if settings.node else None
        state = State(monitor.view, monitor.loop(), meter.measured, day.samples, seen)
        return response_to(request, settings.health_token, state)

    server = make_server(BY_NAME["healthd"].ports[0], respond)
    # shutdown() waits for the loop that this thread runs, so another thread must call it.
    signal.signal(
        signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start()
    )
    monitor.start()
    meter.start()
    day.start()
    log.info("ready: listening on port %s", server.server_port)
    server.serve_forever(poll_interval=1.0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
