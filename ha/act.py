"""Carry out what was decided: the proxy's upstreams, the link's connections, the state."""

import json
import os
import signal
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from appliance.shared.files import write_atomically
from appliance.shared.twin import PROXY_SERVICES
from ha.view import Decision

HEAD = (
    "# Written by the controller of the pair of VMs (ha): a change by hand does not last.\n"
    "# To take this VM out of service: make drain.\n"
)
_HTTP, _MQTT, _BLOG = (PROXY_SERVICES[name] for name in ("http", "mqtt", "blog"))
# In the proxy's notation (proxy/README.md, "Upstreams").
APP = {"own": "app", "other": f"127.0.0.1:{_HTTP}:{_MQTT}"}
BLOG = {"own": "blog", "other": f"127.0.0.1:{_BLOG}"}


def upstreams(decision: Decision, own: str) -> str:
    """Return the text of the proxy's list of upstreams; pure."""
    lines = (
        _line("app", decision.app, APP, own),
        _line("mqtt", decision.mqtt, APP, own),
        _line("blog", decision.blog, BLOG, own),
    )
    return HEAD + "".join(lines)


def write_upstreams(file: Path, decision: Decision, own: str) -> bool:
    """Replace the list unless it says the same already; return whether it was replaced."""
    text = upstreams(decision, own)
    try:
        if file.read_text() == text:
            return False
    except (OSError, UnicodeDecodeError):
        pass  # missing or corrupt: written below
    write_atomically(file, text, mode=0o640, is_synced=True)
    return True


def end_connections(pid_file: Path, processes: Path = Path("/proc")) -> int:
    """End the workers of the link's nginx, which starts others; return how many there were.

    A machine that is gone closes nothing: what waits for it would hang for as long as a request may
    take. Now nginx asks the next upstream, and browsers and devices connect again.
    """
    try:
        master = int(pid_file.read_text())
    except (OSError, ValueError):
        return 0
    workers = [process for process in _processes(processes) if _parent(process) == master]
    for worker in workers:
        with suppress(ProcessLookupError):
            os.kill(int(worker.name), signal.SIGTERM)
    return len(workers)


def _processes(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.isdigit()]


def _parent(process: Path) -> int:
    """Return the parent of a process; 0 when it has ended."""
    try:
        # After the name, which may contain anything, come the state and the parent.
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def write_state(file: Path, state: Mapping[str, Any]) -> None:
    """Replace the state, which lives in memory and is not synced."""
    write_atomically(file, json.dumps(state))


def _line(name: str, sides: Iterable[str], addresses: Mapping[str, str], own: str) -> str:
    first, *others = (addresses["own" if side == own else "other"] for side in sides)
    return f"{name} = {', '.join([first, *(f'{other} backup' for other in others)])}\n"
