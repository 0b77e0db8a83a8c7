"""Write what was decided: the proxy's upstreams, and the state that its health report shows."""

import json
from collections.abc import Iterable, Mapping
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


def write_state(file: Path, state: Mapping[str, Any]) -> None:
    """Replace the state, which lives in memory and is not synced."""
    write_atomically(file, json.dumps(state))


def _line(name: str, sides: Iterable[str], addresses: Mapping[str, str], own: str) -> str:
    first, *others = (addresses["own" if side == own else "other"] for side in sides)
    return f"{name} = {', '.join([first, *(f'{other} backup' for other in others)])}\n"
