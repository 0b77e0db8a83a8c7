"""Wire the loops: one thread each, and the health server in the main thread."""

import logging
import os
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from appliance.shared.http_server import make_server
from proxy.act import nginx, state, twin_state
from proxy.act.dns import DnsWatcher
from proxy.controller.certificate_manager import CertificateManager
from proxy.controller.certificates import Certificates
from proxy.controller.config_manager import ConfigManager
from proxy.controller.monitor import Monitor
from proxy.controller.pairing import Pairing
from proxy.controller.response import PORT, response_to
from proxy.decide import report
from proxy.decide.report import Twin
from proxy.files import Files
from proxy.settings import Settings

log = logging.getLogger(__name__)

# A thread for each loop, each upstream's name and each request: none of them recurses deeply.
STACK_BYTES = 256 * 1024


def _end_with(failure: threading.ExceptHookArgs) -> None:
    """End the program when a loop fails: supervisord restarts it, a dead loop stays dead."""
    log.critical("a loop failed", exc_info=failure.exc_value)
    os._exit(1)


class Program:
    """The parts, built from the settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.files = Files(settings.data_dir, settings.run_dir)
        self.certificates = Certificates(self.files)
        self.names = DnsWatcher()
        self.pairing = Pairing(settings.data_dir)
        self.config_manager = ConfigManager(
            settings,
            self.files,
            self.certificates,
            self.names,
            nginx.Nginx(settings.run_dir),
            self.pairing,
        )
        self.certificate_manager = CertificateManager(
            settings,
            self.files,
            self.certificates,
            is_ordered_elsewhere=self._are_certificates_ordered_elsewhere,
        )
        self.monitor = Monitor(settings, self.names, self.config_manager)

    def prepare(self) -> None:
        """Create folders, placeholders and the first configuration."""
        self.files.make_folders()
        for domain in self.settings.domains:
            self.certificates.make_placeholder(domain, time.time())
        self.config_manager.prepare()

    def run(self, *beside: Callable[[], None]) -> None:
        """Run the loops, those of others *beside* them, and the health server, until SIGTERM."""
        threading.stack_size(STACK_BYTES)
        threading.excepthook = _end_with
        own = (self.config_manager.run, self.certificate_manager.run, self.monitor.run)
        for loop in (*own, *beside):
            threading.Thread(target=loop, daemon=True).start()
        reports = {"/proxy-health": self.report, "/proxy-health/live": self.live}
        http = make_server(PORT, partial(response_to, reports=reports))
        log.info("ready: listening on port %s", http.server_port)
        # SIGTERM ends the process at once: every file is replaced as a whole.
        http.serve_forever(poll_interval=1.0)

    def live(self) -> tuple[int, dict[str, Any]]:
        """Return status and document of /proxy-health/live."""
        silent = time.monotonic() - self.config_manager.last_run_at
        return report.live(bool(nginx.running_generation()), silent)

    def report(self) -> tuple[int, dict[str, Any]]:
        """Return status and document of /proxy-health."""
        configuration = self.config_manager.view
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
                upstreams=self.monitor.upstreams,
                served=tuple(self.monitor.served.values()),
                state=state.load(self.files.state),
                twin=self._twin(),
            )
        )

    def _are_certificates_ordered_elsewhere(self) -> bool:
        """Return whether there is a twin and this VM is not known to be the active one."""
        link = self.pairing.link()
        if link is None:
            return False
        decided, problem = twin_state.read(self.files.twin_state)
        return bool(problem) or decided is None or decided.get("active") != link.side

    def _twin(self) -> Twin | None:
        if self.pairing.problem:
            return Twin(None, self.pairing.problem)
        return Twin(*twin_state.read(self.files.twin_state)) if self.pairing.link() else None
