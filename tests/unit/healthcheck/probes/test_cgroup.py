"""Both layouts of control groups, with the numbers of a container of 1 GiB that was throttled."""

from pathlib import Path

import pytest

from healthcheck.metrics.measurements import Container
from healthcheck.probes import cgroup

GIB = 1024**3
EXPECTED = Container(400_000_000, GIB, 12.5, 0.25)
VERSION_2 = {
    "memory.current": "450000000\n",
    "memory.max": f"{GIB}\n",
    "memory.stat": "anon 1\ninactive_file 50000000\n",
    "cpu.stat": "usage_usec 12500000\nuser_usec 1\nthrottled_usec 250000\n",
}
VERSION_1 = {
    "memory/memory.usage_in_bytes": "450000000\n",
    "memory/memory.limit_in_bytes": f"{GIB}\n",
    "memory/memory.stat": "inactive_file 1\ntotal_inactive_file 50000000\n",
    "cpuacct/cpuacct.usage": "12500000000\n",
    "cpu/cpu.stat": "nr_periods 9\nnr_throttled 1\nthrottled_time 250000000\n",
}


@pytest.fixture
def meminfo(tmp_path: Path) -> Path:
    file = tmp_path / "meminfo"
    file.write_text("MemTotal:        4194304 kB\nMemFree:          1000 kB\n")
    return file


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize("files", [VERSION_1, VERSION_2], ids=["version 1", "version 2"])
def test_it_reads_both_layouts(tmp_path: Path, meminfo: Path, files: dict[str, str]) -> None:
    assert cgroup.container(write(tmp_path / "cgroup", files), meminfo) == EXPECTED


@pytest.mark.parametrize(
    "unlimited",
    [
        VERSION_1 | {"memory/memory.limit_in_bytes": "9223372036854771712\n"},
        VERSION_2 | {"memory.max": "max\n"},
    ],
    ids=["version 1", "version 2"],
)
def test_without_a_limit_it_may_use_the_whole_machine(
    tmp_path: Path, meminfo: Path, unlimited: dict[str, str]
) -> None:
    measured = cgroup.container(write(tmp_path / "cgroup", unlimited), meminfo)

    assert measured
    assert measured.limit_bytes == 4 * GIB


def test_it_knows_nothing_where_the_files_are_missing(tmp_path: Path, meminfo: Path) -> None:
    assert cgroup.container(tmp_path / "cgroup", meminfo) is None
