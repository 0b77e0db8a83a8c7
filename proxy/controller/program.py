"""Put the loops together: one thread each, and the health server in the main one."""

import logging
import os
import signal
import threading
import time
from typing import Any

from proxy.act import nginx, state
from proxy.act.names import Names
from proxy.controller import server
from proxy.controller.certificates import Certificates
from proxy.controller.certify import Certify
from proxy.controller.configure import Configure
from proxy.controller.look import Look
from proxy.decide import report
from proxy.files import Files
from proxy.settings import Settings

log = logging.getLogger(__name__)

# A thread for each loop, each upstream's name and each request: none of them goes deep.
STACK_BYTES = 256 * 1024


def _end_with(failure: threading.ExceptHookArgs) -> None:
    """End the program when a loop fails: supervisord starts it anew, a dead loop stays dead."""
    log.critical("a loop failed", exc_info=failure.exc_value)
    os._exit(1)


class Program:
    """The parts, made from the settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.files = Files(settings.data_dir, settings.run_dir)
        self.certificates = Certificates(self.files)
        self.names = Names()
        self.configure = Configure(
            settings, self.files, self.certificates, self.names, nginx.Nginx(settings.run_dir)
        )
        self.certify = Certify(settings, self.files, self.certificates)
        self.look = Look(settings, self.names, self.configure)

    def prepare(self) -> None:
        """Make folders, placeholders and the first configuration."""
        self.files.make_folders()
        for domain in self.settings.domains:
            self.certificates.make_placeholder(domain, time.time())
        self.configure.prepare()

    def run(self) -> int:
        """Loop and answer until told to stop."""
        threading.stack_size(STACK_BYTES)
        threading.excepthook = _end_with
        for loop in (self.configure, self.certify, self.look):
            threading.Thread(target=loop.run, name=type(loop).__name__, daemon=True).start()
        http = server.make_server({"/proxy-health": self.report, "/proxy-health/live": self.live})
        # shutdown() waits for the loop that this very thread runs: it needs another one.
        signal.signal(
            signal.SIGTERM, lambda *_: threading.Thread(target=http.shutdown, daemon=True).start()
        )
        log.info("ready: answers on port %s", http.server_port)
        http.serve_forever(poll_interval=1.0)
        return 0

    def live(self) -> tuple[int, dict[str, Any]]:
        """Tell whether nginx and the controller work."""
        silent = time.monotonic() - self.configure.turned_at
        return report.live(bool(nginx.running_generation()), silent)

    def report(self) -> tuple[int, dict[str, Any]]:
        """Tell everything."""
        configuration = self.configure.view
        return report.report(
            report.View(
                now=time.time(),
                settings=self.settings,
                nginx_answers=bool(nginx.running_generation()),
                generation=configuration.generation,
                refusal=configuration.refusal,
                upstreams_error=configuration.upstreams_error,
                changed_at=configuration.changed_at,
                reloads=configuration.reloads,
                upstreams=self.look.upstreams,
                served=tuple(self.look.served.values()),
                state=state.load(self.files.state),
            )
        )
