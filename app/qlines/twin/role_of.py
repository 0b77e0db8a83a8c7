"""Say which role this side has, from what its own MongoDB says; pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from appliance.shared.twin import WITNESS, Twin
from qlines.role import ACTIVE, HAS_ALL_DATA, STANDBY, UNKNOWN, Member, Role
from qlines.twin.members import SIDE_OF

NO_PRIMARY = "no side has the majority, so nobody can change users, devices or settings"


def role_of(
    twin: Twin, hello: Mapping[str, Any], status: Mapping[str, Any] | None, at: float
) -> Role:
    """Return the role seen at *at* (epoch seconds), as if it had begun now.

    *hello* and *status* are the answers of `hello` and `replSetGetStatus`; *status* is None before
    this side belongs to a set.
    """
    members = members_of(status) if status else ()
    if hello.get("isWritablePrimary"):
        return Role(ACTIVE, at, at, _of_active(twin, members), members)
    primary = hello.get("primary")
    if primary:
        side = SIDE_OF.get(primary, primary)
        behind = next((one.behind_seconds for one in members if one.side == twin.side), None)
        return Role(STANDBY, at, at, f"side {side} is active{_behind(behind)}", members)
    if status is None:
        return Role(UNKNOWN, at, at, "MongoDB waits to be taken into the set of the twins")
    return Role(UNKNOWN, at, at, NO_PRIMARY, members)


def continued(role: Role, before: Role | None) -> Role:
    """Return *role* with the beginning of *before* when it is the same one."""
    return role._replace(since=before.since) if before and before.role == role.role else role


def members_of(status: Mapping[str, Any]) -> tuple[Member, ...]:
    """Return the members, with how far each is behind the newest one that was heard of."""
    found = status["members"]
    times: list[datetime] = [one["optimeDate"] for one in found if _is_up(one)]
    newest = max(times, default=None)
    return tuple(
        Member(
            SIDE_OF.get(one["name"], one["name"]),
            one["stateStr"],
            (newest - one["optimeDate"]).total_seconds() if newest and _is_up(one) else None,
        )
        for one in found
    )


def _is_up(member: Mapping[str, Any]) -> bool:
    # A member that copies the data from the beginning says that it stands at 1970.
    has_data = "optimeDate" in member and member["optimeDate"].year > 1970
    return bool(member.get("health")) and has_data


def _of_active(twin: Twin, members: tuple[Member, ...]) -> str:
    states = {one.side: one.state for one in members}
    away = [side for side in sorted(twin.peers) if states.get(side) not in HAS_ALL_DATA]
    if not away:
        return "this side is active, and the other side has all data"
    if away == [WITNESS]:
        return "this side is active; without the witness nothing fails over by itself"
    names = " and ".join(_named(side) for side in away)
    return f"this side is active, and nothing can take over: {names} cannot be reached or copies"


def _named(side: str) -> str:
    return "the witness" if side == WITNESS else f"side {side}"


def _behind(seconds: float | None) -> str:
    return f", this side is {seconds:.0f} s behind" if seconds and seconds >= 1 else ""
