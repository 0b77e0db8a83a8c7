"""Read a /proc with a program of two processes, and one that ends while it is read."""

import os
from pathlib import Path

import pytest

from healthcheck.metrics.measurements import Usage
from healthcheck.probes.usage import TICKS_PER_SECOND, max_open_files, usage

LIMITS = """\
Limit                     Soft Limit           Hard Limit           Units
Max processes             96000                96000                processes
Max open files            1024                 524288               files
"""
SMAPS = "55d0-7ffc ---p 00000000 00:00 0 [rollup]\nRss:  900 kB\nPss:  {} kB\nPss_Dirty: 7 kB\n"
# State, parent, …, then utime, stime, cutime, cstime and the rest.
STAT = "{} (gunicorn: (x) y) S {} 7 7 0 -1 4194560 100 0 0 0 200 100 40 10 20 0 1 0 5000 1 1\n"


def add(proc: Path, pid: int, parent: int, *, pss_kb: int, files: int) -> Path:
    folder = proc / str(pid)
    (folder / "fd").mkdir(parents=True)
    (folder / "stat").write_text(STAT.format(pid, parent))
    (folder / "smaps_rollup").write_text(SMAPS.format(pss_kb))
    (folder / "limits").write_text(LIMITS)
    for number in range(files):
        (folder / "fd" / str(number)).touch()
    return folder


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "meminfo").touch()
    add(tmp_path, 40, 1, pss_kb=10, files=2)
    add(tmp_path, 41, 40, pss_kb=5, files=6)
    return tmp_path


def test_it_measures_a_program_with_its_children(proc: Path) -> None:
    seconds = 350 / TICKS_PER_SECOND

    assert usage([40, 41], 1000.0, proc) == Usage(1000.0, 2, 15 * 1024, 2 * seconds, 6, 1024)


def test_a_process_that_ends_while_it_is_read_is_left_out(proc: Path) -> None:
    (proc / "41" / "smaps_rollup").unlink()

    measured = usage([40, 41], 1000.0, proc)

    assert measured
    assert measured.processes == 1


def test_a_program_that_has_ended_uses_nothing(proc: Path) -> None:
    assert usage([77], 1000.0, proc) is None


def test_it_reads_this_machine() -> None:
    measured = usage([os.getpid()], 1000.0)

    assert measured
    assert measured.memory_bytes > 1_000_000
    assert measured.cpu_seconds > 0
    assert 0 < measured.open_files < measured.max_open_files


def test_no_limit_is_infinite() -> None:
    assert max_open_files("Max open files   unlimited   unlimited   files") == float("inf")
