"""Shape what two twins know of each other as the health endpoints promise it; pure.

Everything is None and nothing a problem where there is no twin.
"""

from collections.abc import Mapping
from typing import Any

from qlines.catch_up_record import CatchUp
from qlines.role import ACTIVE, HAS_ALL_DATA, UNKNOWN, Role

Document = dict[str, Any]
# Of the writer's heartbeat: how far it is behind the twin's Kafka.
TELEMETRY = ("twin_lag_seconds", "twin_behind_records", "twin_unanswered_seconds")


def document(
    role: Role | None,
    writer_counters: Mapping[str, float] | None = None,
    catch_up: CatchUp | None = None,
) -> Document | None:
    """Return the report's *twin*; times are milliseconds.

    *telemetry* is None where no writer runs, *catch_up* where nothing was ever missing.
    """
    if role is None:
        return None
    counters = writer_counters or {}
    has_all = all(name in counters for name in TELEMETRY)
    return {
        "role": role.role,
        "since": round(role.since * 1000),
        "sentence": role.sentence,
        "members": [member._asdict() for member in role.members],
        "telemetry": {name.removeprefix("twin_"): counters[name] for name in TELEMETRY}
        if has_all
        else None,
        "catch_up": catch_up.document() if catch_up else None,
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
