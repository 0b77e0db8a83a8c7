import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from appliance.shared.supervise.watching import Watcher


class Watched:
    """A real process under a Watcher; the time passes as the test says."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(["sleep", "600"])
        self.heartbeat = folder / "healthd.json"
        self.now = 1000.0
        program = SimpleNamespace(pid=self.process.pid)
        group = SimpleNamespace(processes={"healthd": program})
        self.program = program
        self._watcher = Watcher(
            SimpleNamespace(process_groups={"healthd": group}),
            "healthd",
            self.heartbeat,
            15,
            lambda: self.now,
        )

    def beat(self) -> None:
        self.heartbeat.touch()
        os.utime(self.heartbeat, (self.now, self.now))

    def tick(self, seconds: float = 5) -> None:
        self.now += seconds
        self._watcher.on_tick(None)

    @property
    def was_killed(self) -> bool:
        try:
            return self.process.wait(0.2) == -signal.SIGKILL
        except subprocess.TimeoutExpired:
            return False


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(tmp_path)
    yield watched
    watched.process.kill()
    watched.process.wait()


def test_a_checker_that_beats_is_left_alone(watched: Watched) -> None:
    for _ in range(10):
        watched.beat()
        watched.tick()

    assert not watched.was_killed


def test_a_checker_that_is_silent_for_too_long_is_killed(watched: Watched) -> None:
    watched.beat()
    for _ in range(4):
        watched.tick()
    assert not watched.was_killed

    watched.tick()

    assert watched.was_killed


def test_a_checker_that_never_beats_is_killed_too(watched: Watched) -> None:
    for _ in range(6):
        watched.tick()

    assert watched.was_killed


def test_a_new_process_has_the_whole_time(watched: Watched) -> None:
    watched.beat()
    for _ in range(3):
        watched.tick()
    watched.program.pid = 0
    watched.tick()
    watched.program.pid = watched.process.pid

    for _ in range(4):
        watched.tick()

    assert not watched.was_killed


def test_a_pause_of_the_whole_container_kills_nothing(watched: Watched) -> None:
    watched.beat()
    watched.tick()

    watched.tick(seconds=600)

    assert not watched.was_killed
