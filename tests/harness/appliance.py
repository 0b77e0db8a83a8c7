"""Start, query, kill and remove appliances, each with a name, a volume and ports of its own."""

import json
import os
import subprocess
from collections.abc import Sequence
from typing import Any

import requests

from tests.harness.deadline import DeadlineError, eventually
from tests.harness.docker import (
    HARDENED,
    ROOT,
    CommandError,
    free_ports,
    new_name,
    run,
    session_label,
)

# The server's HTTP interface listens on loopback inside the container only. Stories ask it all the
# time: what this imports takes 40 ms of a core to load, urllib 90 ms.
QUERY = """
import http.client, sys
connection = http.client.HTTPConnection("127.0.0.1", 7010)
connection.request("POST", "/", sys.stdin.buffer.read())
answer = connection.getresponse()
body = answer.read()
if answer.status != 200:
    sys.exit(body.decode())
sys.stdout.buffer.write(body)
"""

# A backup that begins while a test kills a store fails, as it must, and the report says so.
NOTHING_SCHEDULED = {"QLINES_BACKUP_EVERY": "off", "QLINES_DRILL_EVERY": "off"}


def image_under_test() -> str:
    """Return the name of the image under test: QLINES_TEST_IMAGE, or what is built here and now."""
    named = os.environ.get("QLINES_TEST_IMAGE")
    if not named:
        run("make", "-C", str(ROOT), "image", seconds=1800)
    return named or "qlines/appliance"


class Appliance:
    """One container of the image under test.

    *options* are arguments of ``docker run``. *volume* is the name of a volume, a folder, or "" for
    an anonymous volume; by default a new volume is created with *volume_options* and removed with
    the container. The published ports survive a restart.
    """

    def __init__(
        self,
        image: str,
        *,
        environment: dict[str, str] | None = None,
        options: Sequence[str] = HARDENED,
        volume: str | None = None,
        volume_options: Sequence[str] = (),
    ) -> None:
        self.image = image
        self.name = new_name()
        self.volume = f"{self.name}-data" if volume is None else volume
        self.web_port, self.mqtt_port, self.health_port = free_ports(3)
        self._environment = NOTHING_SCHEDULED | (environment or {})
        self._options = options
        self._volume_options = volume_options
        self._health_token = ""

    @property
    def has_own_volume(self) -> bool:
        """Return whether the volume has a name, so that it must be created and removed."""
        return bool(self.volume) and not self.volume.startswith("/")

    def create_volume(self) -> None:
        """Create the volume, if it has a name, unless it exists."""
        if self.has_own_volume:
            label = session_label()
            run("docker", "volume", "create", "--label", label, *self._volume_options, self.volume)

    def create(self) -> "Appliance":
        """Create and start the container without waiting until it is ready."""
        self.create_volume()
        publish = [
            f"127.0.0.1:{self.web_port}:5000",
            f"127.0.0.1:{self.mqtt_port}:1883",
            f"127.0.0.1:{self.health_port}:5001",
        ]
        run(
            "docker", "run", "-d", "--name", self.name, "--label", session_label(),
            *[word for port in publish for word in ("-p", port)],
            *[word for item in self._environment.items() for word in ("-e", "=".join(item))],
            *(["-v", f"{self.volume}:/data"] if self.volume else []), *self._options, self.image,
        )  # fmt: skip
        return self

    def start(self) -> "Appliance":
        """Start the container, a new one or a stopped one, and wait until it is ready."""
        if self.exists():
            self.start_again()
        else:
            self.create()
        return self.wait_ready()

    def start_again(self) -> None:
        """Start the stopped container without waiting until it is ready."""
        run("docker", "start", self.name)

    def exists(self) -> bool:
        """Return whether the container exists, running or not."""
        return bool(run("docker", "ps", "-aq", "--filter", f"name=^{self.name}$").strip())

    def is_running(self) -> bool:
        """Return whether the container is running."""
        return self.inspect("{{.State.Running}}") == "true"

    def exit_status(self, seconds: float = 60) -> int:
        """Wait until PID 1 ends and return its exit status."""
        eventually(lambda: not self.is_running(), seconds, f"{self.name} ends")
        return int(self.inspect("{{.State.ExitCode}}"))

    def inspect(self, form: str) -> str:
        """Return a field of ``docker inspect``, given as a Go template."""
        return run("docker", "inspect", "--format", form, self.name).strip()

    def wait_ready(self, seconds: float = 120) -> "Appliance":
        """Wait until /health/ready answers 200.

        Raise DeadlineError with the health report and the log, or AssertionError when the container
        has ended, which no second try mends.
        """
        try:
            eventually(
                lambda: self.health("ready").status_code == 200, seconds, "the appliance is ready"
            )
        except DeadlineError as error:
            assert self.is_running(), f"{self.name} has ended\n{self.logs(80)}"
            raise DeadlineError(f"{error}\n{self.report()}") from None
        return self

    def wait_well(self, seconds: float = 120) -> "Appliance":
        """Wait until the deep report is ok: ready, and every program and the canary are well."""
        try:
            eventually(lambda: self.health("deep").json()["status"] == "ok", seconds, "all is well")
        except DeadlineError as error:
            raise DeadlineError(f"{error}\n{self.report()}") from None
        return self

    def health(self, check: str) -> requests.Response:
        """GET /health/live, /health/ready or /health/deep through the published port."""
        answer = self._ask_health(check)
        if answer.status_code == requests.codes.unauthorized:
            # Read once and whenever it is another one: to read it starts a program in the
            # container, and the report is asked for several times a second.
            self._health_token = self.secret("health_token")
            answer = self._ask_health(check)
        return answer

    def _ask_health(self, check: str) -> requests.Response:
        address = f"http://127.0.0.1:{self.health_port}/health/{check}"
        authorization = {"Authorization": f"Bearer {self._health_token}"}
        return requests.get(address, headers=authorization, timeout=10)

    def secret(self, name: str) -> str:
        """Return one of the secrets that the first boot generated."""
        return self.exec("cat", f"/data/secrets/{name}").strip()

    def report(self) -> str:
        """Return the health report and the last log lines, for the message of a failed test."""
        try:
            health = self.exec("qlines", "health")
        except (CommandError, subprocess.TimeoutExpired) as error:
            health = str(error)
        return f"--- qlines health\n{health}\n--- the last log lines\n{self.logs(80)}"

    def logs(self, lines: int | None = None) -> str:
        """Return the log of the container, standard output and standard error together."""
        tail = ["--tail", str(lines)] if lines else []
        result = subprocess.run(
            ["docker", "logs", *tail, self.name],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True,
            text=True, errors="replace",
        )  # fmt: skip
        return result.stdout

    def stop(self, grace_seconds: int = 60) -> None:
        """Stop the container by `docker stop`."""
        run("docker", "stop", "-t", str(grace_seconds), self.name)

    def restart(self, grace_seconds: int = 60) -> "Appliance":
        """Restart the container by `docker restart` and wait until it is ready."""
        run("docker", "restart", "-t", str(grace_seconds), self.name)
        return self.wait_ready()

    def kill(self) -> None:
        """Kill the container with SIGKILL: every process dies at once."""
        run("docker", "kill", self.name)

    def remove(self, *, keep_volume: bool = False) -> None:
        """Remove the container, and its volume unless *keep_volume* is set."""
        run("docker", "rm", "-f", "-v", self.name)
        if self.has_own_volume and not keep_volume:
            run("docker", "volume", "rm", "-f", self.volume)

    def in_volume(self, script: str) -> str:
        """Run a shell script in /data by a container of its own, and return its output."""
        return run(
            "docker", "run", "--rm", "--label", session_label(), "-v", f"{self.volume}:/data",
            *HARDENED, self.image, "sh", "-ceu", f"cd /data\n{script}",
        )  # fmt: skip

    def exec(self, *command: str, text: str | None = None, seconds: float = 120) -> str:
        """Run a command in the container and return its standard output."""
        return run("docker", "exec", "-i", self.name, *command, text=text, seconds=seconds)

    def cli(self, *arguments: str, text: str | None = None, seconds: float = 120) -> Any:
        """Run `qlines … --json` in the container and return its JSON document."""
        return json.loads(self.exec("qlines", *arguments, "--json", text=text, seconds=seconds))

    def python(self, script: str, *arguments: str) -> str:
        """Run a script with the programs' modules and settings; return its standard output."""
        return self.exec("python", "-c", script, *arguments)

    def exec_sql(self, statement: str) -> str:
        """Run a statement in the appliance's ClickHouse and return its output as text."""
        return self.exec("python3", "-c", QUERY, text=statement, seconds=600)

    def sql(self, query: str) -> list[dict[str, Any]]:
        """Return the rows of a query, each a dict by column name."""
        return [
            json.loads(line) for line in self.exec_sql(f"{query} FORMAT JSONEachRow").splitlines()
        ]

    def numbers(self, query: str) -> list[float]:
        """Return the single column of a query as numbers; faster than `sql` for many rows."""
        return [float(line) for line in self.exec_sql(f"{query} FORMAT TabSeparated").splitlines()]

    def supervisor(self, *arguments: str) -> str:
        """Run supervisorctl in the container and return its output."""
        return self.exec(
            "supervisorctl", "-c", "/opt/qlines/appliance/supervisord.conf", *arguments
        )

    def states(self) -> dict[str, str]:
        """Return the state of each program in supervisord: RUNNING, STOPPED, …"""
        # Its status is 3 when any program is not running, as `init` is after the start.
        command = "supervisorctl -c /opt/qlines/appliance/supervisord.conf status || true"
        lines = self.exec("sh", "-c", command).splitlines()
        return {line.split()[0]: line.split()[1] for line in lines}

    def pid(self, program: str) -> int:
        """Return the process id of a program in the container, 0 when it is not running."""
        try:
            return int(self.supervisor("pid", program))
        except (CommandError, ValueError):
            return 0

    def kill_program(self, program: str, signal: str = "KILL") -> int:
        """Send a signal to a program without supervisord; return the process id it had."""
        pid = self.pid(program)
        assert pid, f"{program} is not running, so it cannot be killed\n{self.report()}"
        self.exec("sh", "-c", f"kill -{signal} {pid}")
        return pid

    def kill_family(self, program: str) -> int:
        """Kill a program and its children at once; return the process id it had."""
        pid = self.pid(program)
        self.exec("sh", "-c", f"kill -KILL {pid} $(cat /proc/{pid}/task/{pid}/children)")
        return pid

    def wait_for_program(self, program: str, *, other_than: int = 0, seconds: float = 60) -> int:
        """Wait until a program is running with another process id than *other_than*; return it."""

        def running() -> int:
            pid = self.pid(program)
            return pid if pid != other_than else 0

        return eventually(running, seconds, f"{program} is running again", pause_seconds=0.3)

    def component(self, name: str) -> dict[str, Any]:
        """Return what the deep report says about one program."""
        components = self.health("deep").json()["components"]
        return next(item for item in components if item["name"] == name)

    def url(self, path: str) -> str:
        """Return the URL of a path of the web app."""
        return f"http://127.0.0.1:{self.web_port}{path}"
