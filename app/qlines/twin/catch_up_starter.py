"""Start the process that fetches what is missing, while something is (catch_up_main.py)."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from qlines import catch_up_record
from qlines.clock import Clock
from qlines.process_lifetime import die_with_parent

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "qlines.twin.catch_up_main")
LOOK_EVERY_SECONDS = 5.0
AGAIN_AFTER_SECONDS = 30.0  # when it ended and something is still missing
NICENESS = 10  # the pipeline goes first
STOP_SECONDS = 5.0

Start = Callable[[], "subprocess.Popen[bytes]"]


class CatchUpStarter:
    """Starts one child at a time; the caller repeats run_once(), which never waits."""

    def __init__(self, data_dir: Path, clock: Clock, start: Start | None = None) -> None:
        self._data_dir = data_dir
        self._clock = clock
        self._start = start or start_child
        self._child: subprocess.Popen[bytes] | None = None
        self._look_at = float("-inf")

    def run_once(self) -> None:
        """Start the child if it is needed and does not run."""
        now = self._clock.monotonic()
        if self._is_child_running() or now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY_SECONDS
        if not catch_up_record.is_needed(self._data_dir):
            return
        self._look_at = now + AGAIN_AFTER_SECONDS
        try:
            self._child = self._start()
        except (OSError, subprocess.SubprocessError) as error:
            log.warning("what the twin has cannot be fetched: %s", error)

    def stop(self) -> None:
        """Ask the child to end, and wait some seconds; it would die with us anyway."""
        if self._child is None or not self._is_child_running():
            return
        self._child.terminate()
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _is_child_running(self) -> bool:
        if self._child is None:
            return False
        status = self._child.poll()
        if status is None:
            return True
        if status:
            log.warning("fetching what the twin has ended with status %s", status)
        self._child = None
        return False


def start_child() -> "subprocess.Popen[bytes]":
    """Start it with little claim to the CPU; it dies with this process, and logs where we do.

    Raise OSError or SubprocessError when it cannot be started.
    """
    parent = os.getpid()

    def prepare() -> None:
        os.nice(NICENESS)
        die_with_parent(parent)

    return subprocess.Popen(  # noqa: S603 - our own words
        COMMAND,
        stdin=subprocess.DEVNULL,
        preexec_fn=prepare,  # noqa: PLW1509 - this process has one thread, so nothing can deadlock
    )
