"""A program of an owner to which webhooks are sent; a test says what it answers."""

import json
import ssl
import threading
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any, NamedTuple, Self

from tests.harness.docker import run

# The settings of an appliance that may send webhooks to this machine, by plain HTTP.
WEBHOOKS_TO_THIS_MACHINE = {"QLINES_WEBHOOK_HTTP": "on", "QLINES_WEBHOOK_PRIVATE_ADDRESSES": "on"}
GATEWAY = "{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}"
Answer = tuple[int, dict[str, str], bytes]  # status, headers, body


class Received(NamedTuple):
    """A request; what is written to *out* goes out before the answer."""

    method: str
    path: str
    headers: Message
    body: bytes
    out: BufferedIOBase

    @property
    def json(self) -> Any:
        """Return the body's document."""
        return json.loads(self.body)


class WebhookReceiver:
    """Listens at an address of this machine; *answer* may block, in a thread of each request."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.requests: list[Received] = []
        self.answer: Callable[[Received], Answer] = lambda _: (200, {}, b'{"ok": true}')
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                request = Received("POST", self.path, self.headers, body, self.wfile)
                outer.requests.append(request)
                status, headers, answered = outer.answer(request)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(answered)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answered)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's
                """Log nothing."""

        self._server = ThreadingHTTPServer((host, 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign] # clients that leave are expected
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @classmethod
    def beside(cls, container: str) -> Self:
        """Return one at the address by which a container, and its network, reach this machine."""
        return cls(run("docker", "inspect", "--format", GATEWAY, container).strip())

    def url(self, path: str = "/calls", *, host: str = "", scheme: str = "http") -> str:
        """Return its address, or that under another name."""
        return f"{scheme}://{host or self.host}:{self.port}{path}"

    def speak_tls(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def close(self) -> None:
        """Listen no longer."""
        self._server.shutdown()
        self._server.server_close()
