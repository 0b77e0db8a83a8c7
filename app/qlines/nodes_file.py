"""The file in which `node` writes how the nodes are, and which the health checker reads."""

import json
from pathlib import Path
from typing import NamedTuple

FILE = "nodes.json"  # in the run folder


class Seen(NamedTuple):
    """A node: what it said of itself, and for how many seconds it has said nothing."""

    name: str
    silent_seconds: float
    status: str
    problems: tuple[str, ...]


def read(run_dir: Path, now: float) -> tuple[Seen, ...] | None:
    """Return the nodes as of *now*, epoch seconds; None where nobody has written the file yet."""
    try:
        document = json.loads((run_dir / FILE).read_bytes())
        age = max(0.0, now - document["read_at"])
        return tuple(
            Seen(
                node["name"],
                node["seen_seconds_ago"] + age,
                node["status"],
                tuple(node["problems"]),
            )
            for node in document["nodes"]
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None
