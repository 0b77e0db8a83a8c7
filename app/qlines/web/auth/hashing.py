"""Compute argon2 hashes in a real thread, one after the other.

A hash takes some 30 ms of a core and 19 MiB. Twenty people who sign in at once would take every
core for half a second, and everybody's pages and devices would wait; one after the other they wait
for each other only. One address takes few places of that queue, because the password need not be
right to take one.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from flask import request

from qlines.errors import BusyError
from qlines.web.auth.network import network_of
from qlines.web.extensions import off_the_loop
from qlines.web.turns import Room, Turns

P = ParamSpec("P")
T = TypeVar("T")

# The last one in the queue waits for a second or two; browsers and people wait longer than that.
ROOM = Room(running=1, waiting=40, max_wait_seconds=10.0)
# The others of one address wait before that queue: twenty people of one office may sign in at once.
ROOM_OF_ADDRESS = Room(running=4, waiting=40, max_wait_seconds=10.0)
RETRY_SECONDS = 5
BUSY = "Too many people are signing in at the moment. Try again in a few seconds."


class HashTurns:
    """The queue in which all hashes of a process are computed, and one for each address before it.

    *refused* counts those who found no room in either.
    """

    def __init__(self) -> None:
        self._all = Turns(ROOM, _busy)
        self._by_address = Turns(ROOM_OF_ADDRESS, _busy)

    @property
    def refused(self) -> int:
        """Count those who found no room."""
        return self._all.refused + self._by_address.refused

    @contextmanager
    def turn(self, address: str) -> Iterator[None]:
        """Wait for a turn and take it for the block; raise BusyError when there is no room."""
        with self._by_address.turn(address), self._all.turn("argon2"):
            yield


def _busy() -> BusyError:
    return BusyError(BUSY, status=503, retry_seconds=RETRY_SECONDS)


def in_turn(turns: HashTurns, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function of store/passwords.py after those before it; raise BusyError without room."""
    with turns.turn(network_of(request.remote_addr or "")):
        return off_the_loop(function, *args, **kwargs)
