"""Start proxies, stand-in apps and networks for one test; send requests to the proxy."""

import json
import os
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

import requests
import urllib3

from tests.harness.deadline import PATIENCE, DeadlineError, eventually
from tests.harness.docker import (
    HARDENED,
    ROOT,
    CommandError,
    free_ports,
    new_name,
    run,
    session_label,
)

PROXY_IMAGE = "qlines/proxy"


def proxy_image_under_test() -> str:
    """Return the proxy's image, built now unless QLINES_TEST_PROXY_IMAGE names one."""
    named = os.environ.get("QLINES_TEST_PROXY_IMAGE")
    if not named:
        build(PROXY_IMAGE, "proxy/Dockerfile")
    return named or PROXY_IMAGE


def build(tag: str, dockerfile: str) -> None:
    """Build an image on the base image that the appliance's build uses."""
    bases = ("debian:trixie-slim", "qlines/base:trixie")
    base = next((name for name in bases if has_image(name)), bases[0])
    run(
        "docker", "build", "-q", "-t", tag, "-f", str(ROOT / dockerfile),
        "--build-arg", f"BASE={base}", str(ROOT), seconds=1200,
    )  # fmt: skip


def has_image(name: str) -> bool:
    """Return whether Docker has the image."""
    try:
        run("docker", "image", "inspect", name)
    except CommandError:
        return False
    return True


class Network:
    """A Docker network for one test, and the containers in it; remove() removes all of them."""

    def __init__(self) -> None:
        self.name = new_name()
        self._containers: list[str] = []
        self._volumes: list[str] = []
        run("docker", "network", "create", "--label", session_label(), self.name)

    def run(
        self, image: str, *command: str, aliases: Sequence[str] = (), options: Sequence[str] = ()
    ) -> str:
        """Start a container in the network and return its name."""
        name = new_name()
        self._containers.append(name)
        run(
            "docker", "run", "-d", "--name", name, "--label", session_label(),
            "--network", self.name,
            *[word for alias in aliases for word in ("--network-alias", alias)],
            *options, image, *command,
        )  # fmt: skip
        return name

    def volume(self) -> str:
        """Create a volume and return its name."""
        name = new_name()
        self._volumes.append(name)
        run("docker", "volume", "create", "--label", session_label(), name)
        return name

    def stand_in(
        self,
        image: str,
        name: str,
        *,
        alias: str = "app",
        ports: str = "5000 1883",
        health_port: int = 5001,
    ) -> str:
        """Start an app that answers with the request it got, and a broker that echoes."""
        script = ROOT / "tests" / "harness" / "stand_in_app.py"
        options = (
            *("--entrypoint", "python3", "-v", f"{script}:/stand_in_app.py:ro", "--init"),
            *("-e", f"HEALTH_PORT={health_port}"),
        )  # fmt: skip
        command = ("/stand_in_app.py", name, *ports.split())
        return self.run(image, *command, aliases=(alias,), options=options)

    def remove(self) -> None:
        """Remove the containers, the volumes and the network."""
        if self._containers:
            run("docker", "rm", "-f", "-v", *self._containers)
        if self._volumes:
            run("docker", "volume", "rm", "-f", *self._volumes)
        run("docker", "network", "rm", self.name)


class Proxy:
    """One proxy in a network, with loopback ports of its own."""

    def __init__(
        self,
        network: Network,
        image: str,
        *,
        aliases: Sequence[str] = (),
        options: Sequence[str] = (),
        **settings: str,
    ) -> None:
        ports = free_ports(4)
        self.http_port, self.https_port, self.mqtts_port, self.health_port = ports
        self.volume = network.volume()
        environment = {
            "QLINES_HTTPS_PORT": str(self.https_port),
            "QLINES_BLOG_SITES": "none",
        } | settings
        published = zip(ports, (8080, 8443, 8883, 5002), strict=True)
        self.name = network.run(
            image,
            aliases=aliases,
            options=[
                *[word for ours, its in published for word in ("-p", f"127.0.0.1:{ours}:{its}")],
                *[word for item in environment.items() for word in ("-e", "=".join(item))],
                *("-v", f"{self.volume}:/data"), *HARDENED, *options,
            ],
        )  # fmt: skip
        self.wait_alive()

    def wait_alive(self) -> Self:
        """Wait until nginx answers and the controller has probed it once."""
        try:
            eventually(lambda: self.health("/live")[0] == 200, 60, "the proxy is alive")
            eventually(
                lambda: self.health()[1]["certificates"],
                20,
                "the controller has read its certificates",
            )
        except DeadlineError as error:
            raise DeadlineError(f"{error}\n{self.logs()}") from None
        return self

    def wait_up(self, *hosts: str) -> Self:
        """Wait until the proxy has seen these upstreams up, and no others."""

        def are_up() -> bool:
            upstreams = self.health()[1]["upstreams"]
            up = {upstream["host"] for upstream in upstreams if upstream["up"]}
            return up == set(hosts) and len(upstreams) == len(hosts)

        eventually(are_up, 30, f"{hosts} are up")
        return self

    def url(self, path: str, domain: str = "localhost") -> str:
        """Return the https address of a path."""
        return f"https://{domain}:{self.https_port}{path}"

    def get(self, path: str, domain: str = "localhost", **options: Any) -> requests.Response:
        """Send a GET request over TLS, without verifying the certificate."""
        return self.session(domain).get(f"https://127.0.0.1:{self.https_port}{path}", **options)

    def session(self, domain: str = "localhost") -> requests.Session:
        """Return a session whose requests name this domain, in TLS and in HTTP."""
        session = requests.Session()
        session.trust_env = False  # a CA bundle of the environment would verify it
        session.verify = False
        session.headers["Host"] = f"{domain}:{self.https_port}"
        session.mount("https://", NamedAdapter(domain))
        return session

    def health(self, path: str = "") -> tuple[int, dict[str, Any]]:
        """Return status and document of /proxy-health."""
        answer = requests.get(f"http://127.0.0.1:{self.health_port}/proxy-health{path}", timeout=10)
        return answer.status_code, answer.json()

    def certificate(self, domain: str) -> bytes:
        """Return the certificate that is served for a domain, in DER."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with (
            socket.create_connection(("127.0.0.1", self.https_port), 10) as bare,
            context.wrap_socket(bare, server_hostname=domain) as secure,
        ):
            return secure.getpeercert(binary_form=True) or b""

    def exec(self, *command: str, text: str | None = None) -> str:
        """Run a command in the container and return its output."""
        return run("docker", "exec", "-i", self.name, *command, text=text)

    def write(self, path: str, text: str) -> None:
        """Replace a file in the container."""
        self.exec("sh", "-c", f"cat > {path}.new && mv {path}.new {path}", text=text)

    def logs(self) -> str:
        """Return the container's log."""
        result = subprocess.run(
            ["docker", "logs", self.name], capture_output=True, text=True, check=True
        )
        return result.stdout + result.stderr

    def restart(self) -> Self:
        """Restart the container and wait until it is alive."""
        run("docker", "restart", "-t", "20", self.name)
        return self.wait_alive()


class NamedAdapter(requests.adapters.HTTPAdapter):
    """Sends a server name in the TLS handshake although the URL has an IP address."""

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__(pool_maxsize=50)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Pass the server name to urllib3."""
        super().init_poolmanager(*args, server_hostname=self._name, **options)

    def send(self, *args: Any, **options: Any) -> requests.Response:
        """Send without the warning that the certificate is not verified."""
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        return super().send(*args, **options)


class Load:
    """Sends requests continuously from a few threads; records every answer other than 200."""

    def __init__(
        self, ask: Callable[[], Callable[[], requests.Response]], threads: int = 4
    ) -> None:
        self.done = 0
        self.failed: list[str] = []
        self.names: set[str] = set()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(ask(),)) for _ in range(threads)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, ask: Callable[[], requests.Response]) -> None:
        while not self._stop.is_set():
            try:
                answer = ask()
            except requests.RequestException as error:
                self.failed.append(repr(error))
                continue
            self.done += 1
            if answer.status_code != 200:
                self.failed.append(f"{answer.status_code} {answer.text[:200]}")
            else:
                self.names.add(json.loads(answer.text)["name"])
            time.sleep(0.005)  # leaves the two cores to the proxy

    def wait_for_more(self, requests_more: int = 50) -> None:
        """Wait until *requests_more* requests were answered from now on."""
        target = self.done + requests_more
        eventually(lambda: self.done >= target, 30, f"{requests_more} more requests are answered")


def load_of(proxy: Proxy, path: str = "/", domain: str = "localhost", threads: int = 4) -> Load:
    """Return a load of GET requests; each thread has its own connections."""

    def ask() -> Callable[[], requests.Response]:
        session = proxy.session(domain)
        url = f"https://127.0.0.1:{proxy.https_port}{path}"
        return lambda: session.get(url, timeout=10 * PATIENCE)

    return Load(ask, threads)
