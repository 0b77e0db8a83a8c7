"""Run Docker's commands, find free ports, and remove what a test session that died left behind."""

import os
import secrets
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.harness.deadline import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
# The label of everything that tests create; its value is the process id of the test session.
LABEL = "qlines-test"
# The options of appliance/README.md for a careful operator.
HARDENED = (
    "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
    "--read-only", "--tmpfs", "/tmp", "--tmpfs", "/run",
)  # fmt: skip


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
    """Run a command and return its standard output.

    Raise CommandError when its status is not 0, and subprocess.TimeoutExpired after *seconds*
    times the patience of deadline.py.
    """
    result = subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=seconds * PATIENCE, check=False
    )
    if result.returncode:
        raise CommandError(command, result)
    return result.stdout


def has_docker() -> bool:
    """Return whether a Docker engine answers."""
    try:
        run("docker", "version", seconds=20)
    except (CommandError, FileNotFoundError, subprocess.TimeoutExpired):
        return False
    return True


def session_label() -> str:
    """Return the label, as ``docker run --label`` takes it, of what this test session creates."""
    return f"{LABEL}={os.getpid()}"


def new_name() -> str:
    """Return a random name for a container, a volume or a network."""
    return f"{LABEL}-{secrets.token_hex(4)}"


def remove_leftovers() -> None:
    """Remove the containers, volumes and networks of test sessions that are no longer running."""
    for kind, listing, field in (
        ("container", ["ps", "-a"], "Names"),
        ("volume", ["volume", "ls"], "Name"),
        ("network", ["network", "ls"], "Name"),
    ):
        form = f'{{{{.Label "{LABEL}"}}}} {{{{.{field}}}}}'
        lines = run("docker", *listing, "--filter", f"label={LABEL}", "--format", form)
        for line in lines.splitlines():
            process, _, name = line.partition(" ")
            if process and not Path(f"/proc/{process}").exists():
                run("docker", kind, "rm", "-f", name)


def free_ports(count: int) -> list[int]:
    """Return loopback ports on which nothing listens now."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports
