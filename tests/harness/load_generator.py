"""Run the load generator of tests/bench, compiled when its source changed."""

import json
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.harness.appliance import Appliance
from tests.harness.deadline import PATIENCE
from tests.harness.docker import ROOT, run

SOURCE = ROOT / "tests" / "bench" / "loadgen.c"
PROGRAM = ROOT / "build" / "loadgen"


def compiled() -> Path:
    """Return the path of the program; compile it first when its source is newer."""
    changed_at = max(file.stat().st_mtime for file in SOURCE.parent.glob("loadgen*"))
    if not PROGRAM.exists() or PROGRAM.stat().st_mtime < changed_at:
        PROGRAM.parent.mkdir(exist_ok=True)
        # At once, as another session may run it, or compile it too, at this moment.
        with tempfile.TemporaryDirectory(dir=PROGRAM.parent) as folder:
            new = Path(folder) / PROGRAM.name
            run("cc", "-O2", "-Wall", "-Wextra", "-pthread", "-o", str(new), str(SOURCE))
            new.replace(PROGRAM)
    return PROGRAM


def enter_network(container: str) -> list[str]:
    """Return the prefix of a command that runs on this host in a container's network."""
    pid = run("docker", "inspect", "--format", "{{.State.Pid}}", container).strip()
    return ["nsenter", f"--net=/proc/{pid}/ns/net"]


def stored_numbers(appliance: Appliance, first: int = 0, count: int = 1_000_000) -> set[int]:
    """Return which of the *count* numbers from *first* on are stored."""
    query = f"SELECT number FROM readings WHERE key = 'seq' AND number >= {first}"
    return set(map(int, appliance.numbers(f"{query} AND number < {first + count}")))


class Load:
    """A running generator, which sends numbered messages while the test does other things.

    *beside* names a container: the generator then runs in its network and sends to *port* on
    loopback, without Docker's proxy for published ports, which is slow and limited to about 10,000
    sockets.
    """

    def __init__(
        self,
        port: int,
        tokens: Sequence[str],
        folder: Path,
        *options: str,
        name: str = "load",
        beside: str = "",
    ) -> None:
        self.ids_file = folder / f"{name}.ids"
        token_file = folder / f"{name}.tokens"
        token_file.write_text("\n".join(tokens) + "\n")
        self._process = subprocess.Popen(
            [
                *(enter_network(beside) if beside else []), str(compiled()),
                "--host", "127.0.0.1", "--port", str(port), "--tokens", str(token_file),
                "--ids", str(self.ids_file), "--json", *options,
            ],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def is_running(self) -> bool:
        """Return whether the generator is still sending."""
        return self._process.poll() is None

    def wait(self, seconds: float = 240) -> dict[str, Any]:
        """Wait until the generator ends and return the counts that it prints."""
        out, err = self._process.communicate(timeout=seconds * PATIENCE)
        assert self._process.returncode == 0, f"the generator failed: {out}{err}"
        document: dict[str, Any] = json.loads(out)
        return document

    def interrupt(self) -> dict[str, Any]:
        """End the sending now, wait for the last acknowledgements, and return the counts."""
        self._process.send_signal(signal.SIGINT)
        return self.wait()

    def stop(self) -> None:
        """Kill the generator; it may have ended before."""
        self._process.kill()
        self._process.communicate()

    def acknowledged(self) -> set[int]:
        """Return the numbers of the messages that the broker acknowledged."""
        return {int(line) for line in self.ids_file.read_text().split()}
