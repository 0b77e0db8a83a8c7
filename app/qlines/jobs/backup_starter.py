"""Start backups and restore drills when they are due, and finish a restore that was killed.

Each is a child process, `python -m backup …`, and no job of the queue: the one worker would keep
exports and notifications waiting for minutes, and a backup must not depend on Redis.
"""

import fcntl
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from qlines import backup_record
from qlines.backup_record import BACKUP_LOCK, FOLDER, Record
from qlines.backup_schedule import (
    NEVER,
    Plan,
    is_due,
    next_backup_at,
    next_drill_at,
    with_firsts,
)
from qlines.clock import Clock
from qlines.process_lifetime import die_with_parent
from qlines.role import ACTIVE, ALONE, Role

log = logging.getLogger(__name__)

# By its name: what does backups imports the programs' modules, and none of them imports it.
COMMAND = (sys.executable, "-m", "backup")
LOOK_EVERY_SECONDS = 30.0
# Both cores are busy while the programs load their libraries; a restore is finished at once.
START_DELAY_SECONDS = 60.0
# A backup removes what it began when it is asked to stop. Less than stopwaitsecs of cron.
STOP_SECONDS = 7.0
NICENESS = 10  # the pipeline goes first
RECOVER = ("recover",)
CREATE = ("create", "--scheduled")
DRILL = ("drill", "--scheduled")


class Decision(NamedTuple):
    """The arguments of what to start, or none, and the record as it is to be kept from now on."""

    arguments: tuple[str, ...]
    record: Record


def decide(record: Record, plan: Plan, now: float, *, is_restoring: bool, role: str) -> Decision:
    """Return what to start at *now*, epoch seconds; a restore that was killed goes first.

    Of two twins the active one makes the backups, since both would delete old ones in the same
    place. Where no side is known to be active nobody does: this one may be cut off from the other
    that is, and a backup can still be made by hand.
    """
    if is_restoring:
        return Decision(RECOVER, record)
    if role != ACTIVE:
        return Decision((), record)
    record = with_firsts(record, now)
    if is_due(next_backup_at(record, plan.backup_every, now), now):
        return Decision(CREATE, record._replace(tried_at=now))
    if is_due(next_drill_at(record, plan.drill_every, now), now):
        return Decision(DRILL, record._replace(drill_tried_at=now))
    return Decision((), record)


class BackupStarter:
    """Starts one child at a time; *start* runs it with the arguments that it is given.

    *role* says at any time which of two twins this is; without a twin it is the active one.
    """

    def __init__(
        self,
        data_dir: Path,
        plan: Plan,
        clock: Clock,
        start: "Callable[[tuple[str, ...]], subprocess.Popen[bytes]] | None" = None,
        role: Callable[[], Role] = lambda: ALONE,
    ) -> None:
        self._data_dir = data_dir
        self._plan = plan
        self._clock = clock
        self._start = start or start_child
        self._role = role
        self._backups_from = clock.monotonic() + START_DELAY_SECONDS
        self._looked_at = float("-inf")
        self._child: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._doing = ""
        self._trouble = ""

    def run_once(self) -> None:
        """Start what is due unless a child still runs; look twice a minute, and never wait."""
        now = self._clock.monotonic()
        if self._is_child_running() or now - self._looked_at < LOOK_EVERY_SECONDS:
            return
        self._looked_at = now
        try:
            self._look()
        except (OSError, subprocess.SubprocessError) as error:
            if str(error) != self._trouble:
                log.warning("no backup can be started: %s", error)
            self._trouble = str(error)

    def stop(self) -> None:
        """Ask the child to end, and wait for that for some seconds; it would die with us anyway."""
        if not self._is_child_running() or self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._is_child_running()

    def _is_child_running(self) -> bool:
        """Return whether it does; log how it ended, once, which also removes its zombie."""
        if self._child is None:
            return False
        status = self._child.poll()
        if status is None:
            return True
        seconds = self._clock.monotonic() - self._started_at
        level = logging.INFO if status == 0 else logging.WARNING
        log.log(level, "%s %s after %.0f s", self._doing, ended(status), seconds)
        self._child = None
        return False

    def _look(self) -> None:
        if self._decided() == Decision((), backup_record.read(self._data_dir)):
            return
        with free_lock(self._data_dir) as is_free:
            if not is_free:
                return  # somebody's backup or restore runs; the record is its to write
            decision = self._decided()  # again: until now others might have written the record
            if decision.record != backup_record.read(self._data_dir):
                backup_record.write(self._data_dir, decision.record)
        if decision.arguments:
            self._begin(decision.arguments)

    def _decided(self) -> Decision:
        is_early = self._clock.monotonic() < self._backups_from
        return decide(
            backup_record.read(self._data_dir),
            NEVER if is_early else self._plan,
            self._clock.now_us() / 1e6,
            is_restoring=backup_record.journal_path(self._data_dir).exists(),
            role=self._role().role,
        )

    def _begin(self, arguments: tuple[str, ...]) -> None:
        self._doing = f"backup {arguments[0]}"
        self._child = self._start(arguments)
        self._trouble = ""
        self._started_at = self._clock.monotonic()
        log.info("%s started, process %s", self._doing, self._child.pid)


@contextmanager
def free_lock(data_dir: Path) -> Iterator[bool]:
    """Hold the lock of `backup` if nobody else does; yield whether that is so."""
    file = data_dir / FOLDER / BACKUP_LOCK
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def start_child(arguments: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    """Start `backup` with little claim to the CPU; it dies with this process, and logs where we do.

    Raise OSError or SubprocessError when it cannot be started.
    """
    parent = os.getpid()

    def prepare() -> None:
        os.nice(NICENESS)
        die_with_parent(parent)

    return subprocess.Popen(  # noqa: S603 - our own words
        [*COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        preexec_fn=prepare,  # noqa: PLW1509 - this process has one thread, so nothing can deadlock
    )


def ended(status: int) -> str:
    """Return how a child ended, as the rest of a sentence about it."""
    return f"ended with status {status}" if status >= 0 else f"was killed by signal {-status}"
