"""Watch the processes of each program by psutil, its children included: they run, or are stopped.

supervisord is asked seldom; this costs microseconds per process.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path

import psutil


class Families:
    """The processes that supervisord named last, by program."""

    def __init__(self) -> None:
        self._parents: dict[str, psutil.Process] = {}
        self._one_is_gone = False

    def remember(self, pids: dict[str, int]) -> None:
        """Remember these processes instead of those before; one that has ended is noted."""
        self._parents = {}
        self._one_is_gone = False
        for program, pid in pids.items():
            try:
                self._parents[program] = psutil.Process(pid)
            except psutil.NoSuchProcess:
                self._one_is_gone = True

    def all_run(self) -> bool:
        """Return whether each still runs, as the same process and not another with its id."""
        return not self._one_is_gone and all(map(_is_running, self._parents.values()))

    def running(self) -> frozenset[str]:
        """Return the programs whose process still runs."""
        return frozenset(name for name, parent in self._parents.items() if _is_running(parent))

    def states(self) -> dict[str, dict[int, str]]:
        """Return each program's processes, children included, and the kernel's state of each."""
        return {
            name: {pid: state for pid in members(parent.pid) if (state := _state(pid))}
            for name, parent in self._parents.items()
        }

    def kill(self, program: str) -> None:
        """Kill the program's process and its children, unless it has ended since then."""
        parent = self._parents.get(program)
        if parent is None or not parent.is_running():
            return
        for pid in members(parent.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def members(pid: int) -> list[int]:
    """Return the process and all its descendants, parents first; those that ended are left out.

    Only main threads are asked for their children: none of the programs forks in another one.
    """
    children: list[str] = []
    with suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in members(int(child)))]


def _is_running(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _state(pid: int) -> str:
    """Return the state, one letter of proc(5): T is stopped, Z a zombie; "" when it has ended."""
    try:
        # It follows the name, which is in brackets and may contain any character.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""
