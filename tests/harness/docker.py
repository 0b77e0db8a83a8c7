"""Run Docker's commands, find free ports, and remove what a test session that died left behind."""

import os
import secrets
import socket
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache, partial
from itertools import cycle, islice
from pathlib import Path

from tests.harness.deadline import PATIENCE, eventually

ROOT = Path(__file__).resolve().parents[2]
# The label of everything that tests create; its value is the process id of the test session.
LABEL = "qlines-test"
NAMED_PORTS = range(20_000, 32_000)
PORTS_OF_A_SESSION = 500
_holders: list[socket.socket] = []
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
                eventually(partial(_is_removed, kind, name), 60, f"the {kind} {name} is removed")


def _is_removed(kind: str, name: str) -> bool:
    """Remove it; return False while another session removes it, or what uses it, as well."""
    try:
        run("docker", kind, "rm", "-f", name)
    except CommandError:
        return False
    return True


def free_ports(count: int) -> list[int]:
    """Return ports on which nothing listens now, and which no other test session takes.

    They are below those that the system and Docker give to a program that names none, so that a
    container that is away for a minute finds its own again.
    """
    candidates = islice(_ports_of_this_session(), PORTS_OF_A_SESSION)
    return list(islice(filter(_is_free, candidates), count))


@cache
def _ports_of_this_session() -> Iterator[int]:
    """Return a part of the ports, each in turn; it is this session's for as long as it runs.

    The kernel frees the name that holds it when the process ends, whatever ends it.
    """
    for first in NAMED_PORTS[::PORTS_OF_A_SESSION]:
        holder = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            holder.bind(f"\0{LABEL}-ports-{first}")
        except OSError:
            holder.close()
            continue
        _holders.append(holder)
        return cycle(range(first, first + PORTS_OF_A_SESSION))
    raise RuntimeError(
        f"at most {len(NAMED_PORTS) // PORTS_OF_A_SESSION} test sessions run at once"
    )


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("", port)).close()
    except OSError:
        return False
    return True
