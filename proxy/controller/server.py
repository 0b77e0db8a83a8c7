"""Answer on port 5002, from the last look only."""

import json
import logging
import socketserver
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

log = logging.getLogger(__name__)

PORT = 5002
SILENT_CLIENT_SECONDS = 5.0
Answer = Callable[[], tuple[int, dict[str, Any]]]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without HTTPServer's look-up of the machine's name: it waits for a DNS server."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[0], self.server_address[1]  # type: ignore[assignment] # typeshed takes the host for bytes too


def make_server(answers: dict[str, Answer], port: int = PORT) -> ThreadingHTTPServer:
    """Bind to the port on every address; *answers* gives status and document by path."""

    class Handler(BaseHTTPRequestHandler):
        """One request."""

        server_version = "qlines"
        sys_version = ""
        timeout = SILENT_CLIENT_SECONDS

        def do_GET(self) -> None:
            """Answer."""
            self._send(with_body=True)

        def do_HEAD(self) -> None:
            """Answer without the body."""
            self._send(with_body=False)

        def _send(self, *, with_body: bool) -> None:
            answer = answers.get(self.path.partition("?")[0])
            missing = 404, {"status": "not found", "reason": f"the paths are {', '.join(answers)}"}
            status, document = answer() if answer else missing
            body = (json.dumps(document) + "\n").encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
            """Keep a probe every few seconds out of the log."""
            log.debug(format, *args)

    return _Server(("", port), Handler)
