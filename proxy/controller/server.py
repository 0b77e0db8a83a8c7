"""The health server on port 5002; it answers from the latest results and never probes."""

import json
import logging
import socketserver
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

log = logging.getLogger(__name__)

PORT = 5002
CLIENT_TIMEOUT_SECONDS = 5.0
Answer = Callable[[], tuple[int, dict[str, Any]]]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without HTTPServer's look-up of the host name, which may wait for a DNS server."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[0], self.server_address[1]  # type: ignore[assignment] # typeshed allows bytes as host


def make_server(answers: dict[str, Answer], port: int = PORT) -> ThreadingHTTPServer:
    """Return a server on every address; *answers* returns status and document by path."""

    class Handler(BaseHTTPRequestHandler):
        """Answers one request."""

        server_version = "qlines"
        sys_version = ""
        timeout = CLIENT_TIMEOUT_SECONDS

        def do_GET(self) -> None:
            """Answer with the document."""
            self._send(with_body=True)

        def do_HEAD(self) -> None:
            """Answer with the headers only."""
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
            """Log probes, which come every few seconds, at debug level only."""
            log.debug(format, *args)

    return _Server(("", port), Handler)
