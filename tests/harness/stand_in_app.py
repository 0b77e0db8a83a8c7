"""A tiny app for the proxy's stories: answers every request with what it was asked, as JSON.

Runs inside a container as ``python3 stand_in_app.py NAME HTTP_PORT [MQTT_PORT]``.
"""

import json
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """One connection; /slow takes two seconds."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one packet: in two, the second waits 40 ms for an ACK

    def answer(self) -> None:
        """Tell who answers, and what came."""
        length = int(self.headers.get("Content-Length", 0))
        seen = 0
        while seen < length:
            seen += len(self.rfile.read(min(65536, length - seen)))
        if self.path.startswith("/slow"):
            time.sleep(2)
        told = {
            "name": sys.argv[1],
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body_bytes": seen,
        }
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = answer  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""


class Echo(socketserver.BaseRequestHandler):
    """Stands for the broker: gives back what comes."""

    def handle(self) -> None:
        """Echo until the other side closes."""
        while data := self.request.recv(4096):
            self.request.sendall(data)


class Broker(socketserver.ThreadingTCPServer):
    """Stands for the broker."""

    allow_reuse_address = True
    daemon_threads = True


class App(ThreadingHTTPServer):
    """Takes many connections at once."""

    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    for port in sys.argv[3:]:
        broker = Broker(("", int(port)), Echo)
        threading.Thread(target=broker.serve_forever, daemon=True).start()
    App(("", int(sys.argv[2])), Handler).serve_forever()
