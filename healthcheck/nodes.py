"""Shape how all nodes beside the same stores are, as `/health/deep?all=1` promises it; pure."""

from collections.abc import Sequence
from typing import Any

from qlines.nodes_file import Seen

# A node describes itself every five seconds.
LOST_SECONDS = 20.0
LOST = "lost"


def document(nodes: Sequence[Seen]) -> tuple[int, dict[str, Any]]:
    """Return the HTTP status and the report: 503 only when no node can serve anybody."""
    found = [described(node) for node in nodes]
    able = [node for node in found if node["status"] in ("ok", "degraded")]
    is_well = all(node["status"] == "ok" for node in found)
    problems = [f"{node['name']}: {problem}" for node in found for problem in node["problems"]]
    status = "ok" if is_well else "degraded" if able else "down"
    return (
        200 if able else 503,
        {"status": status, "problems": problems, "nodes": found},
    )


def described(node: Seen) -> dict[str, Any]:
    """Return one node; what a lost one said of itself counts no more."""
    is_lost = node.silent_seconds > LOST_SECONDS
    gone = f"nothing was heard of it for {node.silent_seconds:.0f} s"
    return {
        "name": node.name,
        "status": LOST if is_lost else node.status,
        "silent_seconds": round(node.silent_seconds, 1),
        "problems": [gone] if is_lost else list(node.problems),
    }
