"""Restart the health checker when it falls silent: it heals the others, so supervisord heals it.

supervisord looks at the checker's heartbeat file every five seconds; when that has not changed for
too long, the checker hangs or was stopped, and is killed. supervisord then starts it again.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from supervisor import events

# When supervisord itself was paused (`docker pause`, a suspended VM), the checker was too.
_MAX_STEP_SECONDS = 10.0


def make_extension(supervisord: Any, program: str, heartbeat: str, max_silent_seconds: str) -> None:
    """Subscribe to supervisord's ticks; the arguments are those of supervisord.conf."""
    watcher = Watcher(supervisord, program, Path(heartbeat), float(max_silent_seconds))
    events.subscribe(events.Tick5Event, watcher.on_tick)


class Watcher:
    """Kills *program* when its *heartbeat* file has not changed for *max_silent_seconds*."""

    def __init__(
        self,
        supervisord: Any,
        program: str,
        heartbeat: Path,
        max_silent_seconds: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._supervisord = supervisord
        self._program = program
        self._heartbeat = heartbeat
        self._max_silent_seconds = max_silent_seconds
        self._now = now
        self._seen: tuple[int, float] | None = None
        self._silent_seconds = 0.0
        self._ticked_at = now()

    def on_tick(self, _event: Any) -> None:
        """Count the silence of the running process, and end it when it has lasted too long."""
        elapsed = min(self._now() - self._ticked_at, _MAX_STEP_SECONDS)
        self._ticked_at = self._now()
        pid = self._pid()
        seen = (pid, self._changed_at())
        if seen != self._seen or not pid:
            self._seen, self._silent_seconds = seen, 0.0
            return
        self._silent_seconds += elapsed
        if self._silent_seconds > self._max_silent_seconds:
            _log(f"restarting {self._program}: silent for {self._silent_seconds:.0f} s")
            self._silent_seconds = 0.0
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _pid(self) -> int:
        for group in self._supervisord.process_groups.values():
            if self._program in group.processes:
                return int(group.processes[self._program].pid)
        return 0

    def _changed_at(self) -> float:
        with suppress(OSError):
            return self._heartbeat.stat().st_mtime
        return 0.0


def _log(sentence: str) -> None:
    sys.stdout.write(f"supervisord | {sentence}\n")
    sys.stdout.flush()
