"""Read what the kernel counts for the whole container: its memory and its CPU time.

Control groups have two layouts, and both are in use: version 2 has one folder
(https://docs.kernel.org/admin-guide/cgroup-v2.html), version 1 one per controller
(https://docs.kernel.org/admin-guide/cgroup-v1/memory.html). The limits of a container of its own
are at the top of what it sees.
"""

from pathlib import Path

from healthcheck.metrics.measurements import Container

CGROUP = Path("/sys/fs/cgroup")
MEMINFO = Path("/proc/meminfo")


def container(cgroup: Path = CGROUP, meminfo: Path = MEMINFO) -> Container | None:
    """Return the container's usage, or None where the files are not those of a container."""
    try:
        machine_bytes = keyed(meminfo.read_text())["MemTotal:"] * 1024
        read = _version_2 if (cgroup / "memory.current").exists() else _version_1
        return read(cgroup, machine_bytes)
    except (OSError, KeyError, ValueError):
        return None


def keyed(text: str) -> dict[str, int]:
    """Return the numbers of a file with a name and a number on each line."""
    lines = (line.split() for line in text.splitlines())
    return {words[0]: int(words[1]) for words in lines if len(words) > 1}


def _version_2(cgroup: Path, machine_bytes: int) -> Container:
    inactive = keyed((cgroup / "memory.stat").read_text())["inactive_file"]
    limit = (cgroup / "memory.max").read_text().strip()
    cpu = keyed((cgroup / "cpu.stat").read_text())
    return Container(
        max(0, int((cgroup / "memory.current").read_text()) - inactive),
        machine_bytes if limit == "max" else min(machine_bytes, int(limit)),
        cpu["usage_usec"] / 1e6,
        cpu.get("throttled_usec", 0) / 1e6,
    )


def _version_1(cgroup: Path, machine_bytes: int) -> Container:
    memory, cpu = cgroup / "memory", cgroup / "cpu"
    inactive = keyed((memory / "memory.stat").read_text())["total_inactive_file"]
    return Container(
        max(0, int((memory / "memory.usage_in_bytes").read_text()) - inactive),
        min(machine_bytes, int((memory / "memory.limit_in_bytes").read_text())),
        int((cgroup / "cpuacct" / "cpuacct.usage").read_text()) / 1e9,
        keyed((cpu / "cpu.stat").read_text())["throttled_time"] / 1e9,
    )
