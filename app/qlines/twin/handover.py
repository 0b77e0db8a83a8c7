"""Move the active role on purpose: hand it over, or take it without asking."""

from appliance.shared.twin import Twin
from qlines.errors import QLinesError
from qlines.role import ACTIVE, HAS_ALL_DATA, STANDBY, Role
from qlines.twin.members import promotion, vote_of_other
from qlines.twin.replica_set import ReplicaSet

# Until then this side cannot be elected, even if the other one is lost: no longer than it takes to
# elect that one. Afterwards it does not take the role back, since all sides have one priority.
STEP_DOWN_SECONDS = 15


class NotNowError(QLinesError):
    """The role cannot be moved now; the text says why and what to do."""


def require_other(twin: Twin, role: Role) -> None:
    """Raise NotNowError when this side is active and the other one could not take over."""
    is_other_whole = any(
        one.side == twin.other and one.state in HAS_ALL_DATA for one in role.members
    )
    if role.role == ACTIVE and not is_other_whole:
        raise NotNowError(f"side {twin.other} has not all data yet: see `qlines twins`")


def hand_over(mongodb: ReplicaSet, twin: Twin, role: Role) -> bool:
    """Let the other side become active; return whether this side was.

    The program `twin` of this side must know of the drain: it takes a vote without a witness back.
    Raise NotNowError as require_other() does, RefusedError when MongoDB finds no other member that
    can.
    """
    if role.role != ACTIVE:
        return False
    require_other(twin, role)
    step = vote_of_other(mongodb.config(), twin)
    if step:
        mongodb.change(step.config)
    mongodb.step_down(STEP_DOWN_SECONDS)
    return True


def refusal(role: Role) -> str | None:
    """Return why a promotion is refused, or None; pure."""
    if role.role == ACTIVE:
        return "this side is active already"
    if role.role == STANDBY:
        return (
            f"{role.sentence}: `qlines drain` over there hands over without a loss; a promotion is"
            " for a side that is gone"
        )
    return None


def warning(twin: Twin, role: Role) -> str:
    """Return what a promotion may cost, in one sentence; pure."""
    behind = next((one.behind_seconds for one in role.members if one.side == twin.side), None)
    age = f"was {behind:.0f} s behind when it was last compared" if behind else "had all of it"
    return (
        f"Changes of users, devices and settings that side {twin.other} has confirmed and this side"
        f" does not have are lost (this side {age}); readings are not: each side sends the other"
        f" what it lacks. Side {twin.other} must be off, or both sides would be active until they"
        " see each other."
    )


def promote(mongodb: ReplicaSet, twin: Twin, role: Role) -> None:
    """Make this side active without the others; raise NotNowError or RefusedError."""
    reason = refusal(role)
    if reason:
        raise NotNowError(reason)
    mongodb.change(promotion(mongodb.config(), twin).config, is_forced=True)
