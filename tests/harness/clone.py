"""A clone of the repository as a newcomer has it: goals of the Makefile, a name and ports."""

import os
import signal
import subprocess
from pathlib import Path

from tests.harness.deadline import PATIENCE
from tests.harness.docker import ROOT, free_ports, new_name

# A goal that builds finds its layers in Docker's cache: the fixture `image` has built before.
COMMAND_SECONDS = 240
# As appliance/vm.sh has it.
HEALTHY_SECONDS = 120


class Clone:
    """Runs goals of the Makefile with a name and ports that no other container uses."""

    def __init__(self, folder: Path = ROOT) -> None:
        self.folder = folder
        self.name = new_name()
        self.web, self.mqtt, self.health = free_ports(3)

    def make(self, goal: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """Run a goal until it ends; the caller checks its status."""
        return subprocess.run(
            self._command(goal), env=self._environment(settings),
            capture_output=True, text=True, timeout=COMMAND_SECONDS * PATIENCE, check=False,
        )  # fmt: skip

    def bash(self, text: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """Run lines in the folder of the repository; the caller checks the status."""
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=self.folder, env=self._environment(settings), capture_output=True, text=True,
            timeout=COMMAND_SECONDS * PATIENCE, check=False,
        )  # fmt: skip

    def start(self, goal: str) -> "subprocess.Popen[bytes]":
        """Start a goal that runs until Ctrl-C."""
        return subprocess.Popen(
            self._command(goal), env=self._environment({}), start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    @staticmethod
    def interrupt(process: "subprocess.Popen[bytes]") -> None:
        """Send Ctrl-C to a goal and wait until it ends."""
        os.killpg(process.pid, signal.SIGINT)
        process.wait(30)

    def remove(self) -> None:
        """Remove the container and the volume."""
        for command in (["rm", "-f", self.name], ["volume", "rm", "-f", f"{self.name}-data"]):
            subprocess.run(["docker", *command], capture_output=True, check=False)

    def _command(self, goal: str) -> list[str]:
        return ["make", "--no-print-directory", "-C", str(self.folder), goal]

    def _environment(self, settings: dict[str, str]) -> dict[str, str]:
        own = {
            "QLINES_NAME": self.name,
            "QLINES_WEB_PORT": str(self.web),
            "QLINES_MQTT_PORT": str(self.mqtt),
            "QLINES_HEALTH_PORT": str(self.health),
            "HEALTHY_SECONDS": str(round(HEALTHY_SECONDS * PATIENCE)),
        }
        # With the variables of an outer make, this make would take part in that one's job server.
        outer = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        return outer | own | settings
