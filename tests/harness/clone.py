"""What somebody has who typed `make up`: a name, ports, and what was printed."""

import os
import signal
import subprocess

from tests.harness.docker import ROOT, free_ports, new_name


class Clone:
    """The goals of the Makefile, with a name and ports that nobody else uses."""

    def __init__(self) -> None:
        self.name = new_name()
        self.web, self.mqtt, self.health = free_ports(3)

    def make(self, goal: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """Run a goal to its end."""
        return subprocess.run(
            self._command(goal), env=self._environment(settings),
            capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip

    def start(self, goal: str) -> "subprocess.Popen[bytes]":
        """Start a goal that goes on until Ctrl-C."""
        return subprocess.Popen(
            self._command(goal), env=self._environment({}), start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    @staticmethod
    def interrupt(process: "subprocess.Popen[bytes]") -> None:
        """Type Ctrl-C."""
        os.killpg(process.pid, signal.SIGINT)
        process.wait(30)

    def remove(self) -> None:
        """Remove the container and the volume."""
        for command in (["rm", "-f", self.name], ["volume", "rm", "-f", f"{self.name}-data"]):
            subprocess.run(["docker", *command], capture_output=True, check=False)

    @staticmethod
    def _command(goal: str) -> list[str]:
        return ["make", "-C", str(ROOT), goal]

    def _environment(self, settings: dict[str, str]) -> dict[str, str]:
        own = {
            "QLINES_NAME": self.name,
            "QLINES_WEB_PORT": str(self.web),
            "QLINES_MQTT_PORT": str(self.mqtt),
            "QLINES_HEALTH_PORT": str(self.health),
        }
        # The variables of a make around the tests would make this one answer to that one's jobs.
        outer = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        return outer | own | settings
