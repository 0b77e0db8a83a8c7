"""The load generator of tests/bench, compiled when needed, and what it has counted."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.harness.docker import ROOT, run

SOURCE = ROOT / "tests" / "bench" / "loadgen.c"
PROGRAM = ROOT / "build" / "loadgen"


def compiled() -> Path:
    """Return the program, compiled anew when its source has changed."""
    changed_at = max(file.stat().st_mtime for file in SOURCE.parent.glob("loadgen*"))
    if not PROGRAM.exists() or PROGRAM.stat().st_mtime < changed_at:
        PROGRAM.parent.mkdir(exist_ok=True)
        run("cc", "-O2", "-Wall", "-Wextra", "-pthread", "-o", str(PROGRAM), str(SOURCE))
    return PROGRAM


def enter_network(container: str) -> list[str]:
    """Return the beginning of a command that runs here, but in a container's network."""
    pid = run("docker", "inspect", "--format", "{{.State.Pid}}", container).strip()
    return ["nsenter", f"--net=/proc/{pid}/ns/net"]


class Load:
    """Messages on their way: the generator runs beside the test until it is waited for.

    *beside* names a container: the generator then sends to *port* of its network's loopback, past
    the proxy by which Docker publishes ports there, which is slow and ends at some 10,000 sockets.
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
        """Tell whether it still sends."""
        return self._process.poll() is None

    def wait(self, seconds: float = 300) -> dict[str, Any]:
        """Wait for its end and return its counts."""
        out, err = self._process.communicate(timeout=seconds)
        assert self._process.returncode == 0, f"the generator ended badly: {out}{err}"
        document: dict[str, Any] = json.loads(out)
        return document

    def stop(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._process.communicate()

    def acknowledged(self) -> set[int]:
        """Return the numbers of the messages for which a PUBACK came."""
        return {int(line) for line in self.ids_file.read_text().split()}
