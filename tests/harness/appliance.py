"""Start, question, hurt and remove appliances, each with a name, a volume and ports of its own."""

import json
import os
import secrets
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests

from tests.harness.deadline import DeadlineError, eventually

ROOT = Path(__file__).resolve().parents[2]
LABEL = "qlines-test"
# The flags of CONTRACT.md: what a careful operator types.
HARDENED = (
    "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
    "--read-only", "--tmpfs", "/tmp", "--tmpfs", "/run",
)  # fmt: skip
# The server's HTTP interface listens on loopback inside the container only.
QUERY = """
import sys, urllib.request
with urllib.request.urlopen("http://127.0.0.1:7010/", data=sys.stdin.buffer.read()) as answer:
    sys.stdout.buffer.write(answer.read())
"""


class CommandError(Exception):
    """A command ended with another status than 0; the text holds what it printed."""

    def __init__(self, command: Sequence[str], result: "subprocess.CompletedProcess[str]") -> None:
        super().__init__(
            f"{' '.join(command)} ended with {result.returncode}\n{result.stdout}{result.stderr}"
        )
        self.status = result.returncode
        self.stdout = result.stdout
        self.stderr = result.stderr


def run(*command: str, text: str | None = None, seconds: float = 120) -> str:
    """Run a command and return its standard output; raise CommandError when it fails."""
    result = subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=seconds, check=False
    )
    if result.returncode:
        raise CommandError(command, result)
    return result.stdout


def has_docker() -> bool:
    """Tell whether a Docker engine answers."""
    try:
        run("docker", "version", seconds=20)
    except (CommandError, FileNotFoundError, subprocess.TimeoutExpired):
        return False
    return True


def image_under_test() -> str:
    """Return the image's name, built now unless QLINES_TEST_IMAGE names one that is there."""
    named = os.environ.get("QLINES_TEST_IMAGE")
    if not named:
        run("make", "-C", str(ROOT), "image", seconds=1800)
    return named or "qlines/appliance"


def remove_leftovers() -> None:
    """Remove what test sessions that no longer run have left behind, and nothing else."""
    for kind, listing in (("container", ["ps", "-a"]), ("volume", ["volume", "ls"])):
        form = '{{.Label "qlines-test"}} {{.%s}}' % ("Names" if kind == "container" else "Name")
        found = run("docker", *listing, "--filter", f"label={LABEL}", "--format", form)
        for line in found.splitlines():
            process, _, name = line.partition(" ")
            if process and not Path(f"/proc/{process}").exists():
                run("docker", kind, "rm", "-f", name)


def free_ports(count: int) -> list[int]:
    """Return loopback ports that nobody listens on now."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


class Appliance:
    """One container of the image under test.

    *options* are arguments of ``docker run``; *volume* is a volume's name, a folder or "" for what
    the image brings; by default a volume of its own, made with *volume_options*, that is removed
    with it. Ports are fixed, so they survive a restart.
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
        self.name = f"qlines-test-{secrets.token_hex(4)}"
        self.volume = f"{self.name}-data" if volume is None else volume
        self.web_port, self.mqtt_port, self.health_port = free_ports(3)
        self._environment = environment or {}
        self._options = options
        self._volume_options = volume_options

    @property
    def has_own_volume(self) -> bool:
        """Tell whether the volume has a name, so that it has to be made and removed."""
        return bool(self.volume) and not self.volume.startswith("/")

    def create(self) -> "Appliance":
        """Start the container without waiting for anything."""
        if self.has_own_volume:
            label = f"{LABEL}={os.getpid()}"
            run("docker", "volume", "create", "--label", label, *self._volume_options, self.volume)
        publish = [
            f"127.0.0.1:{self.web_port}:5000",
            f"127.0.0.1:{self.mqtt_port}:1883",
            f"127.0.0.1:{self.health_port}:5001",
        ]
        run(
            "docker", "run", "-d", "--name", self.name, "--label", f"{LABEL}={os.getpid()}",
            *[word for port in publish for word in ("-p", port)],
            *[word for item in self._environment.items() for word in ("-e", "=".join(item))],
            *(["-v", f"{self.volume}:/data"] if self.volume else []), *self._options, self.image,
        )  # fmt: skip
        return self

    def start(self) -> "Appliance":
        """Start the container, or start it again, and wait until it is ready."""
        if self.exists():
            run("docker", "start", self.name)
        else:
            self.create()
        return self.wait_ready()

    def exists(self) -> bool:
        """Tell whether the container is there, running or not."""
        return bool(run("docker", "ps", "-aq", "--filter", f"name=^{self.name}$").strip())

    def is_running(self) -> bool:
        """Tell whether the container runs."""
        return self.inspect("{{.State.Running}}") == "true"

    def exit_status(self, seconds: float = 60) -> int:
        """Return the status with which PID 1 ends, waiting for its end."""
        eventually(lambda: not self.is_running(), seconds, f"{self.name} ends by itself")
        return int(self.inspect("{{.State.ExitCode}}"))

    def inspect(self, form: str) -> str:
        """Return one of Docker's facts about the container."""
        return run("docker", "inspect", "--format", form, self.name).strip()

    def wait_ready(self, seconds: float = 120) -> "Appliance":
        """Wait until the appliance says that it is ready; show what it says when it does not."""
        try:
            eventually(lambda: self.health("ready").status_code == 200, seconds, "it gets ready")
        except DeadlineError as error:
            raise DeadlineError(f"{error}\n{self.report()}") from None
        return self

    def health(self, question: str) -> requests.Response:
        """Ask /health/live, /health/ready or /health/deep from outside."""
        address = f"http://127.0.0.1:{self.health_port}/health/{question}"
        token = self.secret("health_token") if question == "deep" else ""
        return requests.get(address, headers={"Authorization": f"Bearer {token}"}, timeout=10)

    def secret(self, name: str) -> str:
        """Return one of the secrets that were made at first boot."""
        return self.exec("cat", f"/data/secrets/{name}").strip()

    def report(self) -> str:
        """Return what a person would look at when something is wrong."""
        try:
            health = self.exec("qlines", "health")
        except (CommandError, subprocess.TimeoutExpired) as error:
            health = str(error)
        return f"--- qlines health\n{health}\n--- the last log lines\n{self.logs(80)}"

    def logs(self, lines: int | None = None) -> str:
        """Return the container's log, standard output and error together."""
        tail = ["--tail", str(lines)] if lines else []
        result = subprocess.run(
            ["docker", "logs", *tail, self.name],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True,
            text=True, errors="replace",
        )  # fmt: skip
        return result.stdout

    def stop(self, grace_seconds: int = 60) -> None:
        """Stop the container as `docker stop` does."""
        run("docker", "stop", "-t", str(grace_seconds), self.name)

    def restart(self, grace_seconds: int = 60) -> "Appliance":
        """Restart the container as `docker restart` does, and wait until it is ready."""
        run("docker", "restart", "-t", str(grace_seconds), self.name)
        return self.wait_ready()

    def kill(self) -> None:
        """Kill the container with SIGKILL: every process dies at once."""
        run("docker", "kill", self.name)

    def remove(self, *, keep_volume: bool = False) -> None:
        """Remove the container, and its volume unless told otherwise."""
        run("docker", "rm", "-f", "-v", self.name)
        if self.has_own_volume and not keep_volume:
            run("docker", "volume", "rm", "-f", self.volume)

    def exec(self, *command: str, text: str | None = None, seconds: float = 120) -> str:
        """Run a command inside and return what it prints."""
        return run("docker", "exec", "-i", self.name, *command, text=text, seconds=seconds)

    def cli(self, *arguments: str, text: str | None = None, seconds: float = 120) -> Any:
        """Call `qlines … --json` inside and return its document."""
        return json.loads(self.exec("qlines", *arguments, "--json", text=text, seconds=seconds))

    def exec_sql(self, statement: str) -> str:
        """Give the appliance's ClickHouse a statement and return its bare answer."""
        return self.exec("python3", "-c", QUERY, text=statement, seconds=600)

    def sql(self, query: str) -> list[dict[str, Any]]:
        """Ask for rows."""
        return [
            json.loads(line) for line in self.exec_sql(f"{query} FORMAT JSONEachRow").splitlines()
        ]

    def numbers(self, query: str) -> list[float]:
        """Ask for one column of numbers; much shorter than `sql` for many rows."""
        return [float(line) for line in self.exec_sql(f"{query} FORMAT TabSeparated").splitlines()]

    def supervisor(self, *arguments: str) -> str:
        """Call supervisorctl inside."""
        return self.exec(
            "supervisorctl", "-c", "/opt/qlines/appliance/supervisord.conf", *arguments
        )

    def states(self) -> dict[str, str]:
        """Return what supervisord says of each program: RUNNING, STOPPED, …"""
        # It ends with 3 when a program does not run, which `init` never does after the start.
        command = "supervisorctl -c /opt/qlines/appliance/supervisord.conf status || true"
        lines = self.exec("sh", "-c", command).splitlines()
        return {line.split()[0]: line.split()[1] for line in lines}

    def pid(self, program: str) -> int:
        """Return a program's process id inside the container, 0 when it does not run."""
        try:
            return int(self.supervisor("pid", program))
        except (CommandError, ValueError):
            return 0

    def kill_program(self, program: str, signal: str = "KILL") -> int:
        """Send a program a signal, behind supervisord's back; return the process id it had."""
        pid = self.pid(program)
        assert pid, f"{program} does not run, so it cannot be killed\n{self.report()}"
        self.exec("sh", "-c", f"kill -{signal} {pid}")
        return pid

    def kill_family(self, program: str) -> int:
        """Kill a program and its children in one go; return the process id it had."""
        pid = self.pid(program)
        self.exec("sh", "-c", f"kill -KILL {pid} $(cat /proc/{pid}/task/{pid}/children)")
        return pid

    def wait_for_program(self, program: str, *, other_than: int = 0, seconds: float = 60) -> int:
        """Wait until a program runs, as another process than the one named; return its id."""

        def running() -> int:
            pid = self.pid(program)
            return pid if pid != other_than else 0

        return eventually(running, seconds, f"{program} runs again", pause_seconds=0.3)

    def url(self, path: str) -> str:
        """Return the address of a page or an API call."""
        return f"http://127.0.0.1:{self.web_port}{path}"
