"""The cluster of docker-compose.cluster.yml, started by its own script, and what is done to it."""

import json
import os
import random
import signal
import ssl
from pathlib import Path
from typing import Any

import requests

from tests.harness.clone import Clone
from tests.harness.deadline import PATIENCE, eventually
from tests.harness.docker import CommandError, free_ports, run
from tests.harness.proxy import build
from tests.harness.visitors import Visitors

ZOOKEEPER_IMAGE = "qlines/zookeeper"
KAFKA = ("kafka-1", "kafka-2", "kafka-3")
MONGODB = ("mongodb-1", "mongodb-2", "mongodb-3")
CLICKHOUSE = ("clickhouse-1", "clickhouse-2")
INGEST = ("ingest-1", "ingest-2")
WEB = ("web-1", "web-2")

# Run inside a node, which has the address and its password. The server is the argument.
ROWS = """
import sys
from dataclasses import replace
from pathlib import Path
from qlines.clients import clickhouse
both = "clickhouse-1:9440,clickhouse-2:9440"
address = Path("/etc/qlines/QLINES_CLICKHOUSE").read_text().strip().replace(both, sys.argv[1])
for row in clickhouse.connect(address).execute(sys.stdin.read()):
    print(*row)
"""

# More than health checks and probes ask for in some seconds.
MANY_REQUESTS = 50
HEALTH_OF_ALL = """
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen
token = Path("/etc/qlines/QLINES_HEALTH_TOKEN").read_text().strip()
asked = Request("http://127.0.0.1:5001/health/deep?all=1")
asked.add_header("Authorization", f"Bearer {token}")
try:
    print(urlopen(asked).read().decode())
except HTTPError as error:
    print(error.read().decode())
"""


class Cluster(Clone):
    """The result of `make cluster-demo`, without its simulated devices.

    It stands for an appliance towards the people of the stories: *url* is that of the proxy.
    """

    def __init__(self, image: str, proxy_image: str, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self.https, self.mqtts, self.mqtt_port, self._proxy_health = free_ports(4)
        # So that several runs on one machine do not meet.
        self._network = f"10.{random.randrange(128, 255)}.{random.randrange(256)}"
        self._images = {
            "QLINES_CLUSTER_IMAGE": image,
            "QLINES_CLUSTER_PROXY_IMAGE": proxy_image,
            "QLINES_CLUSTER_ZOOKEEPER_IMAGE": ZOOKEEPER_IMAGE,
        }

    def settings(self) -> dict[str, str]:
        """Return the names, ports and images of this cluster."""
        return self._images | {
            "QLINES_CLUSTER_NAME": self.name,
            "QLINES_CLUSTER_SECRETS": str(self._folder / "secrets"),
            "QLINES_CLUSTER_HTTPS_PORT": str(self.https),
            "QLINES_CLUSTER_MQTTS_PORT": str(self.mqtts),
            "QLINES_CLUSTER_MQTT_PORT": str(self.mqtt_port),
            "QLINES_CLUSTER_PROXY_HEALTH_PORT": str(self._proxy_health),
            "QLINES_CLUSTER_NETWORK": self._network,
            "QLINES_CLUSTER_DEVICES": "0",
            "HEALTHY_SECONDS": str(round(300 * PATIENCE)),
        }

    def up(self) -> "Cluster":
        """Run `make cluster-demo`; fail with what it says."""
        build(ZOOKEEPER_IMAGE, "deploy/cluster/zookeeper/Dockerfile")
        done = self.make("cluster-demo", **self.settings())
        assert done.returncode == 0, done.stdout + done.stderr
        return self

    def up_stores(self) -> "Cluster":
        """Start the stores without any node; fail with what the script says."""
        build(ZOOKEEPER_IMAGE, "deploy/cluster/zookeeper/Dockerfile")
        done = self.bash("deploy/cluster/demo.sh stores", **self.settings())
        assert done.returncode == 0, done.stdout + done.stderr
        return self

    def remove(self) -> None:
        """Run `make cluster-demo-down`."""
        done = self.make("cluster-demo-down", **self.settings())
        assert done.returncode == 0, done.stdout + done.stderr

    def secret(self, path: str) -> str:
        """Return a file of the folder of secrets, such as nodes/ca.pem."""
        return (self._folder / "secrets" / path).read_text().strip()

    # ---- as an appliance ---------------------------------------------------------------------

    def url(self, path: str) -> str:
        """Return the address of a page, at the proxy."""
        return f"https://localhost:{self.https}{path}"

    def certificate(self) -> Path:
        """Return a file with the certificate that the proxy has signed itself."""
        file = self._folder / "proxy.pem"
        file.write_text(ssl.get_server_certificate(("localhost", self.https)))
        return file

    def exec(self, service: str, *command: str, text: str | None = None) -> str:
        """Run a command in a container and return its standard output."""
        return run("docker", "exec", "-i", f"{self.name}-{service}", *command, text=text)

    def cli(self, *arguments: str, text: str | None = None) -> Any:
        """Run `qlines … --json` at a node of people and return its JSON document."""
        return json.loads(self.exec("web-1", "qlines", *arguments, "--json", text=text))

    def python(self, script: str, *arguments: str) -> str:
        """Run a script with a node's modules and settings; return its standard output."""
        return self.exec("web-1", "python", "-c", script, *arguments)

    # ---- what is so --------------------------------------------------------------------------

    def rows(self, server: str, query: str) -> list[str]:
        """Return the rows that a server of ClickHouse answers, each as a line."""
        node = next(node for node in (*WEB, *INGEST) if self.is_running(node))
        return self.exec(node, "python", "-c", ROWS, f"{server}:9440", text=query).splitlines()

    def stored(self, server: str, first: int, count: int = 1_000_000) -> set[int]:
        """Return which of the *count* numbers from *first* on a server of ClickHouse has."""
        query = (
            f"SELECT toInt64(number) FROM readings WHERE key = 'seq' AND number >= {first}"
            f" AND number < {first + count}"
        )
        return set(map(int, self.rows(server, query)))

    def insert(self, server: str, number: int) -> None:
        """Insert a numbered message into a server of ClickHouse."""
        self.rows(
            server,
            "INSERT INTO incoming (device, key, time_us, kind_code, number, text)"
            f" SELECT '{number:024}', 'seq', {number}, 1, {number}, ''",
        )

    def is_running(self, service: str) -> bool:
        """Return whether the container runs."""
        return self.inspect(service, "{{.State.Running}}") == "true"

    def inspect(self, service: str, form: str) -> str:
        """Return a field of `docker inspect`."""
        return run("docker", "inspect", "--format", form, f"{self.name}-{service}").strip()

    def whole(self) -> tuple[str, dict[str, str]]:
        """Return the status of all nodes together, and that of each by name."""
        answer = json.loads(self.exec("web-1", "python", "-c", HEALTH_OF_ALL))
        return answer["status"], {one["name"]: one["status"] for one in answer["nodes"]}

    def upstreams(self) -> dict[str, bool]:
        """Return the nodes that the proxy forwards to, and whether each is up."""
        address = f"http://127.0.0.1:{self._proxy_health}/proxy-health"
        report = requests.get(address, timeout=10).json()
        return {one["host"]: one["up"] for one in report["upstreams"]}

    def answered(self, node: str) -> float:
        """Return how many requests the web app of a node has answered."""
        beat = json.loads(self.exec(node, "cat", "/run/qlines/heartbeat/gunicorn.json"))
        counters: dict[str, float] = beat["counters"]
        return sum(number for name, number in counters.items() if name.startswith("requests{"))

    def serving(self) -> str:
        """Return the node that the visitors from this machine are led to; they must be asking."""
        before = {node: self.answered(node) for node in WEB}

        def busiest() -> str:
            more = {node: self.answered(node) - before[node] for node in WEB}
            node = max(more, key=more.__getitem__)
            return node if more[node] > MANY_REQUESTS else ""

        return eventually(busiest, 30, "a node answers them")

    def wait_well(self, seconds: float = 150) -> None:
        """Wait until every node is ready and the proxy has seen all of them."""

        def is_well() -> bool:
            ready = all(self._is_ready(node) for node in (*INGEST, *WEB))
            return ready and self.upstreams() == dict.fromkeys((*WEB, *INGEST), True)

        eventually(is_well, seconds, "all nodes are well")

    def _is_ready(self, node: str) -> bool:
        try:
            self.exec(node, "/opt/qlines/appliance/is_ready")
        except CommandError:
            return False
        return True

    # ---- what is done ------------------------------------------------------------------------

    def lead(self, *, people: str, devices: str) -> None:
        """Let the proxy lead people to one node and devices to another one."""
        self._write_upstreams(f"app = {people}:5000:0\ndevices = {devices}\n")
        eventually(
            lambda: self.upstreams() == {people: True, devices: True}, 30, "the proxy has this list"
        )

    def lead_to_all(self) -> None:
        """Let the proxy lead to the nodes that its settings name."""
        self.exec("proxy", "rm", "-f", "/data/upstreams")

    def _write_upstreams(self, text: str) -> None:
        script = "cat >/data/upstreams.new && mv /data/upstreams.new /data/upstreams"
        self.exec("proxy", "sh", "-c", script, text=text)

    def kill(self, *services: str) -> None:
        """Kill containers, which stay away: Docker starts none again that it has killed."""
        run("docker", "kill", *(f"{self.name}-{service}" for service in services))

    def bring_back(self, *services: str) -> None:
        """Start killed containers."""
        run("docker", "start", *(f"{self.name}-{service}" for service in services))

    def kill_process(self, service: str) -> None:
        """Kill a container's first process behind Docker's back: its policy starts it again."""
        os.kill(int(self.inspect(service, "{{.State.Pid}}")), signal.SIGKILL)

    def visitors(self, key: str, token: str, *, first: int, device: str) -> Visitors:
        """Return people and a device that ask through the proxy all the time."""
        return Visitors(self.https, key, token, first=first, device=device, threads=3)
