"""Say which role this side has, from what its own MongoDB says; pure.

====================================================  =======
what this side's MongoDB says                         role
====================================================  =======
it is the primary                                     active
another member is                                     standby
no member is, or it belongs to no set yet             unknown
====================================================  =======

A primary that loses the majority steps down within two seconds.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from appliance.shared.twin import WITNESS, Twin
from qlines.role import ACTIVE, HAS_ALL_DATA, STANDBY, UNKNOWN, Member, Role
from qlines.twin.members import SIDE_OF, named

NO_PRIMARY = "no side has the majority, so nobody can change users, devices or settings"
COPIES = ("STARTUP2", "RECOVERING", "ROLLBACK")


def role_of(
    twin: Twin, hello: Mapping[str, Any], status: Mapping[str, Any] | None, at: float
) -> Role:
    """Return the role seen at *at* (epoch seconds), as if it had begun now.

    *hello* and *status* are the answers of `hello` and `replSetGetStatus`; *status* is None before
    this side belongs to a set.
    """
    members = members_of(status) if status else ()
    if hello.get("isWritablePrimary"):
        term = int(status["term"]) if status else 0
        return Role(ACTIVE, at, at, _of_active(twin, members), members, term)
    primary = hello.get("primary")
    if primary:
        sentence = f"{named(SIDE_OF.get(primary, primary))} is active{_of_own(twin, members)}"
        return Role(STANDBY, at, at, sentence, members)
    if status is None:
        return Role(UNKNOWN, at, at, "MongoDB waits to be taken into the set of the twins")
    return Role(UNKNOWN, at, at, NO_PRIMARY, members)


def continued(role: Role, before: Role | None) -> Role:
    """Return *role* with the beginning of *before* when it is the same one."""
    return role._replace(since=before.since) if before and before.role == role.role else role


def members_of(status: Mapping[str, Any]) -> tuple[Member, ...]:
    """Return the members, with how far each is behind the newest one that was heard of."""
    found = status["members"]
    times: list[datetime] = [one["optimeDate"] for one in found if _has_all_data(one)]
    newest = max(times, default=None)
    return tuple(
        Member(
            SIDE_OF.get(one["name"], one["name"]),
            one["stateStr"],
            (newest - one["optimeDate"]).total_seconds() if newest and _has_all_data(one) else None,
        )
        for one in found
    )


def _has_all_data(member: Mapping[str, Any]) -> bool:
    """Return whether the time of a member's last change says anything: not before its copy ends."""
    return bool(member.get("health")) and member["stateStr"] in HAS_ALL_DATA


def _of_active(twin: Twin, members: tuple[Member, ...]) -> str:
    states = {one.side: one.state for one in members}
    lacking = [side for side in sorted(twin.peers) if states.get(side) not in HAS_ALL_DATA]
    if twin.other in lacking:
        return f"this side is active, and nothing can take over: {_why(lacking, states)}"
    if lacking:
        return (
            f"this side is active; if side {twin.other} is lost too, nobody can change users,"
            " devices or settings: without the witness nothing fails over by itself"
        )
    alone = "" if WITNESS in twin.peers else "; without a witness nothing fails over by itself"
    return f"this side is active, and the other side has all data{alone}"


def _of_own(twin: Twin, members: tuple[Member, ...]) -> str:
    own = next((one for one in members if one.side == twin.side), None)
    if own is None:
        return ""
    if own.state in COPIES:
        return ", this side is copying its data"
    behind = own.behind_seconds or 0
    return f", this side is {behind:.0f} s behind" if behind >= 1 else ""


def _why(lacking: list[str], states: Mapping[str, str]) -> str:
    copying = [side for side in lacking if states.get(side) in COPIES]
    away = " and ".join(named(side) for side in lacking if side not in copying)
    clauses = [f"{named(side)} is still copying the data" for side in copying]
    return ", ".join([f"{away} cannot be reached", *clauses] if away else clauses)
