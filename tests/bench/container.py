"""CPU seconds and memory of a container, read from cgroup version 1 or 2."""

from pathlib import Path

from tests.harness.appliance import Appliance
from tests.harness.docker import run

ROOT = Path("/sys/fs/cgroup")
MIB = 1 << 20


def cpu_seconds(appliance: Appliance | str) -> float:
    """Return the CPU seconds that all processes have used so far; a text names the container."""
    folder = _folder(appliance, "cpuacct")
    if (folder / "cpuacct.usage").exists():
        return int((folder / "cpuacct.usage").read_text()) / 1e9
    return _numbers(folder / "cpu.stat")["usage_usec"] / 1e6


def program_cpu_seconds(appliance: Appliance, word: str) -> int:
    """Return the CPU seconds of the processes of the container that have *word* in their command.

    Whole seconds of each process are counted.
    """
    lines = run("docker", "top", appliance.name, "-eo", "pid,cputimes,args").splitlines()[1:]
    used = (line.split(maxsplit=2)[1:] for line in lines)
    return sum(int(seconds) for seconds, command in used if word in command)


def memory_mb(appliance: Appliance | str) -> float:
    """Return anonymous and shared memory in MiB: what the kernel cannot reclaim."""
    numbers = _numbers(_folder(appliance, "memory") / "memory.stat")
    if "total_rss" in numbers:
        return (numbers["total_rss"] + numbers.get("total_shmem", 0)) / MIB
    return (numbers["anon"] + numbers["shmem"]) / MIB


def _folder(appliance: Appliance | str, controller: str) -> Path:
    name = appliance if isinstance(appliance, str) else appliance.name
    pid = run("docker", "inspect", "--format", "{{.State.Pid}}", name).strip()
    lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    for line in lines:
        _number, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return ROOT / controller / path.lstrip("/")
        if not controllers and len(lines) == 1:
            return ROOT / path.lstrip("/")
    raise FileNotFoundError(f"{name} has no cgroup for {controller}: {lines}")


def _numbers(file: Path) -> dict[str, int]:
    return {name: int(value) for name, value in (line.split() for line in file.open())}
