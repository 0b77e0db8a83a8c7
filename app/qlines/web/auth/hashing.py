"""Compute argon2 hashes in a real thread, one after the other.

A hash takes some 30 ms of a core and 19 MiB. Twenty people who sign in at once would take every
core for half a second, and everybody's pages and devices would wait; one after the other they wait
for each other only.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from qlines.errors import BusyError
from qlines.web.extensions import off_the_loop
from qlines.web.turns import Room, Turns

P = ParamSpec("P")
T = TypeVar("T")

# The last one in the queue waits for a second or two; browsers and people wait longer than that.
ROOM = Room(running=1, waiting=40, max_wait_seconds=10.0)
RETRY_SECONDS = 5
BUSY = "Too many people are signing in at the moment. Try again in a few seconds."


def hash_turns() -> Turns:
    """Return the queue in which all hashes of a process are computed."""
    return Turns(ROOM, lambda: BusyError(BUSY, status=503, retry_seconds=RETRY_SECONDS))


def in_turn(turns: Turns, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function of store/passwords.py after those before it; raise BusyError without room."""
    with turns.turn("argon2"):
        return off_the_loop(function, *args, **kwargs)
