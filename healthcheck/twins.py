"""Shape the role of this side as the health endpoints promise it; pure.

Everything is None and nothing a problem where there is no twin.
"""

from typing import Any

from qlines.role import ACTIVE, HAS_ALL_DATA, UNKNOWN, Role

Document = dict[str, Any]


def document(role: Role | None) -> Document | None:
    """Return the report's *twin*; times are milliseconds."""
    if role is None:
        return None
    return {
        "role": role.role,
        "since": round(role.since * 1000),
        "sentence": role.sentence,
        "members": [member._asdict() for member in role.members],
    }


def of_ready(role: Role | None) -> Document:
    """Return what /health/ready says to the proxies; *role_since* differs between two elections."""
    if role is None:
        return {}
    return {"role": role.role, "role_reason": role.sentence, "role_since": str(role.term)}


def problems(role: Role | None) -> list[str]:
    """Return a sentence when no side is active, or nothing could take over from this one."""
    if role is None:
        return []
    is_alone = role.role == ACTIVE and not all(
        member.state in HAS_ALL_DATA for member in role.members
    )
    return [role.sentence] if role.role == UNKNOWN or is_alone else []
