"""One sanitized broker in a container, its registry file and its spool, for one test."""

import json
import os
import secrets
import time
from pathlib import Path
from typing import Any

from qlines.spool import segments
from qlines.spool.frame import Frame, FrameKind, scan
from qlines.store.registry_file import RegistryFileWriter
from tests.harness.deadline import eventually
from tests.harness.docker import ROOT, CommandError, free_ports, run, session_label

HERE = Path(__file__).parent
CONFIGURATION = ROOT / "appliance" / "etc" / "mosquitto" / "mosquitto.conf"
# mosquitto gives up root for a user of its own, so it is never started as root.
USER = os.getuid() or 1000
OWNER = "a" * 24
# For a test in which the plugin does not start: mosquitto itself leaks its configuration then.
IGNORE_LEAKS = {"ASAN_OPTIONS": "detect_leaks=0"}
SANITIZER_WORDS = ("AddressSanitizer", "LeakSanitizer", "runtime error:")


def build_image() -> str:
    """Build the image with the sanitized plugin and return its name."""
    name = "qlines-test/broker"
    base = "qlines/base:trixie"
    if not run("docker", "images", "-q", base).strip():
        base = "debian:trixie-slim"
    lock = ROOT / "build" / "broker.lock"  # two sessions at once would build it twice
    lock.parent.mkdir(exist_ok=True)
    run(
        "flock", str(lock), "docker", "build", "-q", "-t", name, "--build-arg", f"BASE={base}",
        "-f", str(HERE / "Dockerfile"), str(ROOT / "appliance" / "broker"), seconds=900,
    )  # fmt: skip
    return name


class Broker:
    """A container that keeps its data between start, stop and kill."""

    def __init__(self, image: str, folder: Path, configuration: Path = CONFIGURATION) -> None:
        self._image = image
        self._configuration = configuration
        self.name = f"qlines-test-broker-{secrets.token_hex(4)}"
        self.data, self.run_dir = folder / "data", folder / "run"
        for path in (self.data, self.run_dir / "lag"):
            path.mkdir(parents=True)
        (self.mqtt_port,) = free_ports(1)
        self._writer: RegistryFileWriter | None = None
        self._devices: dict[str, str] = {}

    # -- the container --

    def start(self, *options: str, wait: bool = True, **environment: str) -> "Broker":
        """Start it; *options* are arguments of ``docker run``."""
        self._own(self.data, self.run_dir, self.data.parent)
        run(
            "docker", "run", "-d", "--name", self.name, "--label", session_label(),
            "--user", f"{USER}:{USER}", "--cap-add", "SYS_PTRACE",
            "-p", f"127.0.0.1:{self.mqtt_port}:1883",
            *[word for item in environment.items() for word in ("-e", "=".join(item))],
            "-v", f"{self.data}:/data", "-v", f"{self.run_dir}:/run/qlines",
            "-v", f"{self._configuration}:/etc/qlines/mosquitto.conf:ro", *options, self._image,
        )  # fmt: skip
        if wait:
            self.wait_for_heartbeat()
        return self

    def wait_for_heartbeat(self) -> None:
        """Wait for the first heartbeat that is younger than this call."""
        began = time.time()
        eventually(
            lambda: self.heartbeat().get("beat_at", 0) > began,
            30,
            "the broker writes its heartbeat",
        )

    def stop(self) -> int:
        """Stop it as supervisord does, and return its exit status."""
        run("docker", "stop", "-t", "20", self.name)
        return int(run("docker", "inspect", "-f", "{{.State.ExitCode}}", self.name))

    def kill(self) -> None:
        """Kill it with SIGKILL."""
        run("docker", "kill", self.name)

    def restart(self) -> None:
        """Start it again after stop or kill."""
        run("docker", "start", self.name)
        self.wait_for_heartbeat()

    def reload(self) -> None:
        """Send SIGHUP: mosquitto reloads its configuration and authenticates all clients again."""
        run("docker", "kill", "--signal", "HUP", self.name)

    def exec(self, *command: str) -> str:
        """Run a command inside, without the sanitizer's library."""
        return run("docker", "exec", "-e", "LD_PRELOAD=", self.name, *command)

    def logs(self) -> str:
        """Return everything that it has printed."""
        return run("sh", "-c", f"docker logs {self.name} 2>&1")

    def remove(self) -> None:
        """Remove the container, and fail when a sanitizer has reported an error."""
        try:
            logs = self.logs()
        except CommandError:
            return  # it was never started
        run("docker", "rm", "-f", self.name)
        if self._writer:
            self._writer.close()
        assert not any(word in logs for word in SANITIZER_WORDS), logs

    # -- the registry file --

    def open_registry(self) -> RegistryFileWriter:
        """Create the registry file if necessary, and return its writer."""
        if self._writer is None:
            self._writer = RegistryFileWriter(self.data / "registry")
            self._writer.rebuild([], 1)
            folder = self.data / "registry"
            self._own(folder, *folder.iterdir())
        return self._writer

    def close_registry(self) -> None:
        """Close the file, so that it can be deleted."""
        if self._writer:
            self._writer.close()
        self._writer = None

    def add_device(self, token: str, **more: Any) -> str:
        """Register a device and return its id."""
        device = self._devices.setdefault(token, f"{len(self._devices) + 1:024x}")
        self.put_device(device, token, **more)
        return device

    def put_device(self, device: str, token: str, **more: Any) -> None:
        """Write one device as `qlines.registry` would after a change."""
        document = {"_id": device, "owner": OWNER, "name": f"device {device}", "token": token}
        self.open_registry().change([document | more], [])

    # -- its files --

    def heartbeat(self) -> dict[str, Any]:
        """Return its last heartbeat; an empty document before the first."""
        path = self.run_dir / "heartbeat" / "mosquitto.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def counter(self, name: str) -> float:
        """Return one of its counters or gauges, at most a second old."""
        return float(self.heartbeat()["counters"][name])

    def write_lag(self, text: str) -> None:
        """Write the lag file of ingest."""
        (self.run_dir / "lag" / "ingest").write_text(text)

    @property
    def spool(self) -> Path:
        """The folder of the broker's segments."""
        return self.data / "spool" / "mqtt"

    def frames(self, kind: FrameKind | None = None) -> list[Frame]:
        """Return the frames of all segments, oldest first; none may be corrupt."""
        all_frames = []
        for number in segments.numbers(self.spool):
            result = scan(segments.path_of(self.spool, number).read_bytes())
            assert result.corrupt_frames == 0
            all_frames += result.frames
        return [frame for frame in all_frames if kind is None or frame.kind == kind]

    def messages(self, device: str | None = None) -> list[tuple[str, bytes]]:
        """Return topic and payload of the messages, of one device or of all devices."""
        return [
            (frame.topic, frame.payload)
            for frame in self.frames(FrameKind.MESSAGE)
            if device in (None, frame.device)
        ]

    def presence(self, device: str) -> list[tuple[str, str]]:
        """Return a device's presence: ("connected", address), ("disconnected", reason)."""
        names = {FrameKind.CONNECTED: "connected", FrameKind.DISCONNECTED: "disconnected"}
        return [
            (names[FrameKind(frame.kind)], frame.payload.decode())
            for frame in self.frames()
            if frame.device == device and frame.kind in names
        ]

    def last_presence(self, device: str) -> tuple[str, str]:
        """Return a device's last presence."""
        return (self.presence(device) or [("never", "")])[-1]

    def _own(self, *paths: Path) -> None:
        if os.getuid() == 0:
            for path in paths:
                os.chown(path, USER, USER)
