"""Serve small documents over HTTP: what the three health servers have in common."""

import json
import logging
import socketserver
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

log = logging.getLogger(__name__)

# A client that never ends its request must not hold a thread.
CLIENT_TIMEOUT_SECONDS = 5.0


class Request(NamedTuple):
    """A GET or HEAD; *path* has no query, *authorization* is the header or empty."""

    path: str
    authorization: str
    peer: str
    query: str = ""


class Response(NamedTuple):
    """An answer before it is sent."""

    status: int
    content_type: str
    body: str


def json_response(
    status: int, document: Mapping[str, Any], *, indent: int | None = None
) -> Response:
    """Return a response with *document* as its body; on one line unless *indent* is given."""
    return Response(status, "application/json", json.dumps(document, indent=indent) + "\n")


def not_found(*paths: str) -> Response:
    """Return a 404 that lists the paths of this server."""
    reason = f"the paths are {', '.join(paths)}"
    return json_response(404, {"status": "not found", "reason": reason})


def make_server(
    port: int, respond: Callable[[Request], Response], *, host: str = ""
) -> ThreadingHTTPServer:
    """Return a server bound to *port*, on every address unless *host* names one; not started.

    *respond* is called in a thread of its own for each request.
    """

    class Handler(BaseHTTPRequestHandler):
        """Handles one request."""

        server_version = "qlines"
        sys_version = ""
        timeout = CLIENT_TIMEOUT_SECONDS

        def do_GET(self) -> None:
            """Send headers and body."""
            self._send(with_body=True)

        def do_HEAD(self) -> None:
            """Send headers only."""
            self._send(with_body=False)

        def _send(self, *, with_body: bool) -> None:
            authorization = self.headers.get("Authorization", "")
            path, _, query = self.path.partition("?")
            response = respond(Request(path, authorization, self.client_address[0], query))
            body = response.body.encode()
            self.send_response(response.status)
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            if response.status == 401:
                self.send_header("WWW-Authenticate", "Bearer")
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
            """Log at debug level: probes come every few seconds."""
            log.debug(format, *args)

    return _Server((host, port), Handler)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without HTTPServer's look-up of the host name, which waits for a DNS server."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[0], self.server_address[1]  # type: ignore[assignment] # typeshed takes the host for bytes too
