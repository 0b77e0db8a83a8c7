"""Read how many processes of this container the kernel has killed for want of memory.

cgroup v2: memory.events (https://docs.kernel.org/admin-guide/cgroup-v2.html), v1:
memory.oom_control.
"""

import re
from pathlib import Path

FILES = (
    Path("/sys/fs/cgroup/memory.events"),
    Path("/sys/fs/cgroup/memory/memory.oom_control"),
)


def kills(files: tuple[Path, ...] = FILES) -> int | None:
    """Return the count since the container was created, or None where the kernel does not say."""
    for file in files:
        if file.exists():
            count = re.search(r"^oom_kill (\d+)$", file.read_text(), re.MULTILINE)
            return int(count[1]) if count else None
    return None
