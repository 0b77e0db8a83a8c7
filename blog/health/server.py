"""Answer ``GET /health`` on port 8081: 200 when all is well, else 503 with the causes."""

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from blog.health import report
from blog.health.probes import Findings

# Docker, the proxy and a monitor may all ask at once: they share one look.
_FRESH_SECONDS = 2.0
# MariaDB's first boot takes some seconds, a recovery after a power cut may take longer.
_NEW_SECONDS = 60.0
# A client that never ends its request does not keep a thread.
_CLIENT_SECONDS = 10


class Health:
    """The newest report, with the time since which each component is as it is."""

    def __init__(self, look: Callable[[], Findings], now: Callable[[], float] = time.time) -> None:
        self._look = look
        self._now = now
        self._lock = threading.Lock()
        self._started_at = now()
        self._looked_at = 0.0
        self._since: dict[str, tuple[str, float]] = {}
        self._was_ok: set[str] = set()
        self._document: dict[str, Any] = {}

    def document(self) -> dict[str, Any]:
        """Return the report, at most two seconds old."""
        with self._lock:
            now = self._now()
            if not self._document or now - self._looked_at > _FRESH_SECONDS:
                is_new = now - self._started_at < _NEW_SECONDS and "mariadb" not in self._was_ok
                found = report.components(self._look(), is_new=is_new)
                self._was_ok |= {component.name for component in found if component.status == "ok"}
                self._document = self._make(found)
                self._looked_at = now
            return self._document

    def _make(self, found: list[report.Component]) -> dict[str, Any]:
        status = report.status(found)
        return {
            "status": status,
            "since": self._since_when("", status),
            "components": [
                component.as_json() | {"since": self._since_when(component.name, component.status)}
                for component in found
            ],
        }

    def _since_when(self, name: str, status: str) -> float:
        before, since = self._since.get(name, ("", 0.0))
        if before != status:
            since = round(self._now(), 1)
            self._since[name] = (status, since)
        return since


def serve(health: Health, port: int) -> None:
    """Answer until the process ends."""

    class Handler(BaseHTTPRequestHandler):
        timeout = _CLIENT_SECONDS
        server_version = "QLines"
        sys_version = ""

        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/health":
                self._answer(404, {"status": "unknown", "reason": "the path is /health"})
                return
            document = health.document()
            self._answer(200 if document["status"] == "ok" else 503, document)

        # The proxy looks at the status alone.
        do_HEAD = do_GET  # noqa: N815  # the name is http.server's

        def _answer(self, status: int, document: dict[str, Any]) -> None:
            body = json.dumps(document, indent=1).encode() + b"\n"
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is http.server's
            """Keep quiet: it is asked every few seconds."""

    server = ThreadingHTTPServer(("", port), Handler)
    server.daemon_threads = True
    server.serve_forever()
