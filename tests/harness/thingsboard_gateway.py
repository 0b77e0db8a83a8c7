"""thingsboard-gateway as its package installs it, with meters behind it that speak HTTP."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

# A folder of its own, made by `make`: its paho has other contents under the same name.
PACKAGES = Path(sys.prefix) / "thingsboard-gateway"
STOP_SECONDS = 20
JSON_HEADERS = {"Content-Type": "application/json"}


class Meters:
    """An HTTP server that plays meters; use it as a context manager.

    ``GET /NAME`` returns the reading of a meter. *set_values* has the values that the gateway wrote
    to it, as (name, key, value); a call of a method is answered with the method.
    """

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.set_values: list[tuple[str, str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        """Return the port at which it listens."""
        return int(self._server.server_address[1])

    def configuration(self) -> dict[str, Any]:
        """Return the configuration of the gateway's connector "request" for these meters."""
        return {
            "host": f"http://127.0.0.1:{self.port}",
            "mapping": [_mapping(name) for name in self.names],
            "attributeUpdates": [
                {
                    "httpMethod": "POST",
                    "httpHeaders": JSON_HEADERS,
                    "timeout": 5,
                    "deviceNameFilter": ".*",
                    "attributeFilter": ".*",
                    "requestUrlExpression": "${deviceName}/set/${attributeKey}",
                    "requestValueExpression": '{"value": "${attributeValue}"}',
                }
            ],
            "serverSideRpc": [
                {
                    "deviceNameFilter": ".*",
                    "methodFilter": ".*",
                    "requestUrlExpression": "${deviceName}/call/${methodName}",
                    "requestValueExpression": "{}",
                    "httpMethod": "POST",
                    "httpHeaders": JSON_HEADERS,
                    "responseTimeout": 5,
                    "timeout": 5,
                    "responseValueExpression": "${done}",
                }
            ],
        }


def _mapping(name: str) -> dict[str, Any]:
    return {
        "url": name,
        "httpMethod": "GET",
        "timeout": 5,
        "scanPeriod": 1,
        "dataUnpackExpression": "",
        "converter": {
            "type": "json",
            "deviceNameJsonExpression": name,
            "deviceTypeJsonExpression": "default",
            "attributes": [],
            "telemetry": [{"key": "litres", "type": "int", "value": "${litres}"}],
        },
    }


def _handler(meters: Meters) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({"litres": 12})

        def do_POST(self) -> None:
            name, wanted, what = self.path.strip("/").split("/")
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if wanted == "set":
                meters.set_values.append((name, what, body["value"]))
            self._answer({"done": what})

        def _answer(self, document: Any) -> None:
            body = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: the gateway asks each second."""

    return Handler


class ThingsBoardGateway:
    """The gateway's own process, started in *folder*; use it as a context manager."""

    def __init__(self, folder: Path, port: int, token: str, meters: Meters) -> None:
        self._folder = folder
        config = folder / "config"
        config.mkdir()
        (config / "tb_gateway.json").write_text(json.dumps(_configuration(port, token)))
        (config / "meters.json").write_text(json.dumps(meters.configuration()))
        logs = PACKAGES / "thingsboard_gateway" / "config" / "logs.json"
        (config / "logs.json").write_text(logs.read_text())
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        environment = {
            **os.environ,
            "PYTHONPATH": str(PACKAGES),
            "PIP_NO_INDEX": "1",  # it installs what it misses
            "TB_GW_CONFIG_DIR": str(self._folder / "config"),
        }
        with (self._folder / "output").open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "thingsboard_gateway.tb_gateway"],
                cwd=self._folder, env=environment, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def output(self) -> str:
        """Return what it has written, for a test that fails."""
        return (self._folder / "output").read_text(errors="replace")


def _configuration(port: int, token: str) -> dict[str, Any]:
    return {
        "thingsboard": {
            "host": "127.0.0.1",
            "port": port,
            "remoteShell": False,
            "remoteConfiguration": False,
            "security": {"type": "accessToken", "accessToken": token},
            "qos": 1,
        },
        "storage": {"type": "memory", "read_records_count": 100, "max_records_count": 100_000},
        "grpc": {"enabled": False},
        "connectors": [{"type": "request", "name": "meters", "configuration": "meters.json"}],
    }
