"""Keep the newest health report for two seconds, and remember since when each status holds."""

import threading
import time
from collections.abc import Callable
from typing import Any

from blog.health import report
from blog.health.probes import ProbeResults

# Docker, the proxy and a monitor may all ask at once: they share one set of probes.
MAX_AGE_SECONDS = 2.0
# MariaDB's first start takes some seconds, a recovery after a power cut may take longer.
STARTING_SECONDS = 60.0


class CachedReport:
    """The report, made from new probes when it is asked for and the last one is too old."""

    def __init__(
        self, probe: Callable[[], ProbeResults], now: Callable[[], float] = time.time
    ) -> None:
        self._probe = probe
        self._now = now
        self._lock = threading.Lock()
        self._started_at = now()
        self._probed_at = 0.0
        self._since: dict[str, tuple[str, float]] = {}
        self._was_mariadb_ok = False
        self._document: dict[str, Any] = {}

    def document(self) -> dict[str, Any]:
        """Return the report as a JSON document, at most MAX_AGE_SECONDS old."""
        with self._lock:
            if not self._document or self._now() - self._probed_at > MAX_AGE_SECONDS:
                self._document = self._make(self._probe())
                self._probed_at = self._now()
            return self._document

    def _make(self, results: ProbeResults) -> dict[str, Any]:
        components = report.components(results, is_new=self._is_new())
        self._was_mariadb_ok |= any(
            component.name == "mariadb" and component.status == "ok" for component in components
        )
        status = report.status(components)
        return {
            "status": status,
            "since": self._since_when("", status),
            "components": [
                component.as_json() | {"since": self._since_when(component.name, component.status)}
                for component in components
            ],
        }

    def _is_new(self) -> bool:
        return not self._was_mariadb_ok and self._now() - self._started_at < STARTING_SECONDS

    def _since_when(self, name: str, status: str) -> float:
        before, since = self._since.get(name, ("", 0.0))
        if before != status:
            since = round(self._now(), 1)
            self._since[name] = (status, since)
        return since
