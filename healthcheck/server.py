"""Serve port 5001 from the last view only, so that it answers while everything else is dead."""

import hmac
import json
import logging
import socketserver
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from healthcheck import metrics, report
from healthcheck.report import View

log = logging.getLogger(__name__)

LOOPBACK = ("127.0.0.1", "::1", "::ffff:127.0.0.1")
PATHS = "/health/live, /health/ready, /health/deep, /metrics"
CLIENT_TIMEOUT_SECONDS = 5.0


class State(NamedTuple):
    """What an answer is made of: the last view, and its age."""

    view: View | None
    silent_seconds: float


class Response(NamedTuple):
    """An answer before it is sent."""

    status: int
    content_type: str
    body: str


def respond(path: str, authorization: str, peer: str, token: str, state: State) -> Response:
    """Return the answer to GET *path*; pure.

    The deep report needs no token from inside the container, which means from its loopback.
    Docker forwards requests to a published port from the address of its bridge: outside.
    """
    path = path.partition("?")[0]
    if path == "/health/live":
        return _json(*report.live(state.silent_seconds))
    if path == "/health/ready":
        return _json(*report.ready(state.view))
    if path == "/metrics":
        return Response(200, metrics.CONTENT_TYPE, metrics.text(state.view))
    if path != "/health/deep":
        return _json(404, {"status": "not found", "reason": f"the paths are {PATHS}"})
    if peer in LOOPBACK or is_allowed(authorization, token):
        return _json(*report.deep(state.view))
    reason = "send 'Authorization: Bearer' with QLINES_HEALTH_TOKEN (/data/secrets/health_token)"
    return _json(401, {"status": "not authorised", "reason": reason})


def is_allowed(authorization: str, token: str) -> bool:
    """Return whether the header carries the token; never when no token is set."""
    scheme, _, given = authorization.partition(" ")
    is_bearer = scheme.lower() == "bearer"
    same = hmac.compare_digest(given.strip().encode(), token.encode())
    return bool(token) and is_bearer and same


def _json(status: int, document: dict[str, Any]) -> Response:
    return Response(status, "application/json", json.dumps(document) + "\n")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without HTTPServer's look-up of the host name, which waits for a DNS server."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[0], self.server_address[1]  # type: ignore[assignment] # typeshed takes the host for bytes too


def make_server(port: int, token: str, state: Callable[[], State]) -> ThreadingHTTPServer:
    """Return a server bound to *port* on every address; the caller starts it."""

    class Handler(BaseHTTPRequestHandler):
        """Handles one request."""

        server_version = "qlines"
        sys_version = ""
        timeout = CLIENT_TIMEOUT_SECONDS

        def do_GET(self) -> None:
            """Answer with headers and body."""
            authorization = self.headers.get("Authorization", "")
            response = respond(self.path, authorization, self.client_address[0], token, state())
            self._send(response, with_body=True)

        def do_HEAD(self) -> None:
            """Answer with headers only."""
            authorization = self.headers.get("Authorization", "")
            response = respond(self.path, authorization, self.client_address[0], token, state())
            self._send(response, with_body=False)

        def _send(self, response: Response, *, with_body: bool) -> None:
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

    return _Server(("", port), Handler)
