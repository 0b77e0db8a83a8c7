"""Read from /proc what a program uses (https://man7.org/linux/man-pages/man5/proc.5.html)."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from healthcheck.metrics.measurements import Usage

PROC = Path("/proc")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# In /proc/PID/stat after the name, which is in brackets: user and system time of the process and
# of its children that have ended.
CPU_TIMES = slice(11, 15)


class _Process(NamedTuple):
    memory_bytes: int
    cpu_seconds: float
    open_files: int
    max_open_files: float


def usage(pids: Iterable[int], started_at: float, proc: Path = PROC) -> Usage | None:
    """Return what these processes of one program use together, or None when all have ended."""
    processes = [read for pid in pids if (read := _read(proc / str(pid)))]
    if not processes:
        return None
    nearest = max(processes, key=lambda process: process.open_files / process.max_open_files)
    return Usage(
        started_at,
        len(processes),
        sum(process.memory_bytes for process in processes),
        sum(process.cpu_seconds for process in processes),
        nearest.open_files,
        nearest.max_open_files,
    )


def _read(folder: Path) -> _Process | None:
    try:
        stat = (folder / "stat").read_text().rpartition(")")[2].split()
        return _Process(
            memory_bytes((folder / "smaps_rollup").read_text()),
            sum(map(int, stat[CPU_TIMES])) / TICKS_PER_SECOND,
            sum(1 for _ in os.scandir(folder / "fd")),
            max_open_files((folder / "limits").read_text()),
        )
    except OSError:
        return None


def memory_bytes(smaps_rollup: str) -> int:
    """Return the proportional set size (PSS): a page shared by n processes counts 1/n."""
    for line in smaps_rollup.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def max_open_files(limits: str) -> float:
    """Return the soft limit of open files."""
    for line in limits.splitlines():
        if line.startswith("Max open files"):
            return float(line.split()[3].replace("unlimited", "inf"))
    return float("inf")
