"""Name the programs whose processes the kernel killed for want of memory; pure.

The kernel only counts its victims. A program is one when it lost a process at that moment.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

# The count and the loss are read one after the other, so the second may be seen an iteration later.
MATCH_SECONDS = 5.0
REPORT_SECONDS = 600.0
# Such as one of `docker exec`.
UNKNOWN_VICTIM = "something that supervisord does not run"


class Loss(NamedTuple):
    """A program that lost a process: *now* is of the monotonic clock, *at* is epoch seconds."""

    now: float
    at: float
    name: str


class State(NamedTuple):
    """What is remembered from one iteration to the next.

    *unmatched* are kills without a victim yet, each by when it was noticed.
    """

    kills: int | None = None
    pids: Mapping[str, frozenset[int]] = {}
    losses: tuple[Loss, ...] = ()
    unmatched: tuple[float, ...] = ()
    victims: tuple[Loss, ...] = ()


def note(
    state: State,
    kills: int | None,
    pids: Mapping[str, frozenset[int]],
    ended_otherwise: Iterable[str],
    *,
    now: float,
    at: float,
) -> State:
    """Return the state after an iteration in which the kernel's count and the processes were read.

    *ended_otherwise* are the programs that healing has just restarted, and those that have done
    their work.
    """
    otherwise = set(ended_otherwise)
    lost = [
        Loss(now, at, name)
        for name, before in state.pids.items()
        if before - pids.get(name, frozenset())
    ]
    losses = [
        loss
        for loss in (*state.losses, *lost)
        if now - loss.now <= MATCH_SECONDS and loss.name not in otherwise
    ]
    rise = 0 if kills is None or state.kills is None else max(0, kills - state.kills)
    unmatched = [*state.unmatched, *[now] * rise]
    victims = [victim for victim in state.victims if now - victim.now <= REPORT_SECONDS]
    while losses and unmatched:
        victims.append(losses.pop(0))
        unmatched.pop(0)
    while unmatched and now - unmatched[0] > MATCH_SECONDS:
        victims.append(Loss(unmatched.pop(0), at, UNKNOWN_VICTIM))
    return State(kills, pids, tuple(losses), tuple(unmatched), tuple(victims))


def sentence(victim: Loss) -> str:
    """Return what the report and the log say about one victim."""
    return (
        f"the kernel killed a process of {victim.name} because the container's memory was used up: "
        "raise --memory, or look for what needs so much"
    )
