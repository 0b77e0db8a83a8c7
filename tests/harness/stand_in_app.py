"""A tiny app for the proxy's scenarios: answers every request with the request as JSON.

Runs in a container as ``python3 stand_in_app.py NAME HTTP_PORT [MQTT_PORT]``. With HEALTH_PORT in
the environment it answers there with the document in HEALTH_FILE, 503 unless its status is ok.
"""

import json
import os
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    """One connection; /slow takes two seconds."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one packet: in two, the second waits 40 ms for an ACK

    def answer(self) -> None:
        """Answer with the app's name and the request."""
        length = int(self.headers.get("Content-Length", 0))
        received = 0
        while received < length:
            received += len(self.rfile.read(min(65536, length - received)))
        if self.path.startswith("/slow"):
            time.sleep(2)
        document = {
            "name": sys.argv[1],
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body_bytes": received,
        }
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = answer  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Log nothing."""


class Health(BaseHTTPRequestHandler):
    """The stand-in's health checker."""

    def answer(self) -> None:
        """Answer with the document in the file."""
        file = Path(HEALTH_FILE)
        document = json.loads(file.read_text()) if file.exists() else {"status": "ok"}
        self.send_response(200 if document["status"] == "ok" else 503)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(json.dumps(document).encode())

    do_GET = do_HEAD = answer  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Log nothing."""


class Echo(socketserver.BaseRequestHandler):
    """One connection to the stand-in broker."""

    def handle(self) -> None:
        """Echo until the client closes."""
        while data := self.request.recv(4096):
            self.request.sendall(data)


class Broker(socketserver.ThreadingTCPServer):
    """The stand-in broker."""

    allow_reuse_address = True
    daemon_threads = True


class App(ThreadingHTTPServer):
    """The stand-in app; accepts many connections at once."""

    daemon_threads = True
    request_queue_size = 128


HEALTH_FILE = "/tmp/health.json"

if __name__ == "__main__":
    if "HEALTH_PORT" in os.environ:
        health = App(("", int(os.environ["HEALTH_PORT"])), Health)
        threading.Thread(target=health.serve_forever, daemon=True).start()
    for port in sys.argv[3:]:
        broker = Broker(("", int(port)), Echo)
        threading.Thread(target=broker.serve_forever, daemon=True).start()
    App(("", int(sys.argv[2])), Handler).serve_forever()
