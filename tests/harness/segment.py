"""Two machines on one network segment that share an address, and a visitor of that address.

A machine is the container of the virtual address, whose network is that of the machine here, and a
stand-in for its proxy beside it in the same network.
"""

import ipaddress
import itertools
import json
import os
from typing import NamedTuple

from tests.harness.deadline import eventually
from tests.harness.docker import ROOT, CommandError, new_name, run, session_label
from tests.harness.proxy import Network, build

IMAGE = "qlines/virtual-address"
DOCKERFILE = "ha/virtual_address/Dockerfile"
# As in docker-compose.virtual-address.yml, but for the network.
PRIVILEGES = (
    "--cap-drop", "ALL", "--cap-add", "NET_ADMIN", "--cap-add", "NET_RAW",
    "--security-opt", "no-new-privileges", "--read-only", "--tmpfs", "/tmp", "--tmpfs", "/run",
)  # fmt: skip
HEALTH_PORT = 5002
# Prints the time and who answered, for each answer, until it is removed; nothing else in between.
# A new connection for each question; or, with "keep", the same one until it fails, without a limit
# on how long it may wait.
VISITOR = """
import http.client, json, sys, time
host, port, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3]
connection = None
while True:
    try:
        if connection is None:
            connection = http.client.HTTPConnection(host, port, timeout=0.3)
            connection.connect()
            connection.sock.settimeout(None if mode == "keep" else 0.3)
        connection.request("GET", "/")
        print(time.time(), json.load(connection.getresponse())["name"], flush=True)
        if mode != "keep":
            connection.close()
            connection = None
    except (OSError, http.client.HTTPException):
        connection = None
    time.sleep(0.05)
"""


class Visit(NamedTuple):
    """An answer: when, in seconds since 1970, and by which machine."""

    at: float
    name: str


def image_under_test() -> str:
    """Return the image, built now unless QLINES_TEST_VIRTUAL_ADDRESS_IMAGE names one."""
    named = os.environ.get("QLINES_TEST_VIRTUAL_ADDRESS_IMAGE")
    if not named:
        build(IMAGE, DOCKERFILE)
    return named or IMAGE


def free_address(network: Network) -> str:
    """Return an address of the network that Docker gives to nobody, with its prefix."""
    form = "{{(index .IPAM.Config 0).Subnet}}"
    subnet = run("docker", "network", "inspect", "--format", form, network.name).strip()
    found = ipaddress.ip_network(subnet)
    return f"{found.broadcast_address - 5}/{found.prefixlen}"


class Machine:
    """A machine of the segment, with the stand-in for its proxy."""

    def __init__(self, name: str, network: Network, images: tuple[str, str], address: str) -> None:
        self.name = name
        self._network = network
        self._image, self._proxy_image = images
        self._address = address
        self._start()

    def _start(self) -> None:
        environment = ("-e", f"QLINES_VIRTUAL_ADDRESS={self._address}")
        self.container = self._network.run(self._image, options=(*PRIVILEGES, *environment))
        self._start_proxy()

    def _start_proxy(self) -> None:
        script = ROOT / "tests" / "harness" / "stand_in_app.py"
        self.proxy = new_name()
        run(
            *("docker", "run", "-d", "--name", self.proxy, "--label", session_label(), "--init"),
            *("--network", f"container:{self.container}", "-e", f"HEALTH_PORT={HEALTH_PORT}"),
            *("-v", f"{script}:/stand_in_app.py:ro", "--entrypoint", "python3"),
            *(self._proxy_image, "/stand_in_app.py", self.name, "8080"),
        )

    def say(self, *, status: str = "ok", app: str = "ready") -> None:
        """Let the proxy's health report say this from now on."""
        report = {"status": status, "twin": {"side": "a", "sides": {"a": {"app": app}}}}
        run(
            *("docker", "exec", "-i", self.proxy, "sh", "-c"),
            "cat > /tmp/health.new && mv /tmp/health.new /tmp/health.json",
            text=json.dumps(report),
        )

    def state(self) -> str:
        """Return what the container says of itself, "" before it has said anything."""
        try:
            return run("docker", "exec", self.container, "cat", "/run/virtual-address/state")
        except CommandError:
            return ""

    def wait_for(self, *words: str) -> None:
        """Wait until the state contains all of the words."""
        eventually(
            lambda: all(word in self.state() for word in words), 20, f"{self.name} says {words}"
        )

    def kill(self) -> None:
        """Kill the machine: nothing says goodbye."""
        run("docker", "kill", self.container, self.proxy)

    def kill_proxy(self) -> None:
        """Kill the proxy alone."""
        run("docker", "kill", self.proxy)

    def start_again(self) -> None:
        """Remove what was killed, and start the machine again."""
        self.remove()
        self._start()

    def remove(self) -> None:
        """Remove the machine's containers; the network forgets them when it is removed."""
        run("docker", "rm", "-f", self.proxy, self.container)


class Visitor:
    """A third machine that asks the address twenty times a second, *mode* is new or keep."""

    def __init__(self, network: Network, image: str, address: str, mode: str = "new") -> None:
        host = address.partition("/")[0]
        options = ("--entrypoint", "python3", "--init")
        self._container = network.run(image, "-c", VISITOR, host, "8080", mode, options=options)

    def visits(self) -> list[Visit]:
        """Return every answer so far."""
        lines = run("docker", "logs", self._container).splitlines()
        return [Visit(float(line.split()[0]), line.split()[1]) for line in lines]

    def wait_for(self, name: str) -> None:
        """Wait until this machine answers."""
        eventually(lambda: self.is_served_by(name), 20, f"{name} has the address")

    def is_served_by(self, name: str) -> bool:
        """Return whether the newest answer was by this machine."""
        return [visit.name for visit in self.visits()[-1:]] == [name]

    def seconds_until(self, name: str, since: float) -> float:
        """Wait until this machine answers; return how long that was after *since*."""
        self.wait_for(name)
        return next(one.at for one in self.visits() if one.at > since and one.name == name) - since

    def longest_pause(self, since: float) -> float:
        """Return the longest time between two answers after *since*, in seconds."""
        times = [since, *(visit.at for visit in self.visits() if visit.at > since)]
        return max(after - before for before, after in itertools.pairwise(times))
