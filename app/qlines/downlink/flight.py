"""What is on the way to devices, and what the broker's results mean for it. Pure.

A command goes to every client of its device that listens. It is delivered when the first of them
has acknowledged it, and it comes back when none is left that might.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from qlines.downlink.listeners import device_of
from qlines.downlink.wire import Result


class Attempt(NamedTuple):
    """One sending of a command; *number* is the attempt's, which rises with each."""

    command: str  # its id
    number: int


class Way(NamedTuple):
    """One client to which an attempt went."""

    attempt: Attempt
    client_id: str
    topic: str
    payload: bytes


class Delivered(NamedTuple):
    """The device has it."""

    attempt: Attempt


class CameBack(NamedTuple):
    """No client may acknowledge it any more; *was_sent*: one may have seen it."""

    attempt: Attempt
    was_sent: bool


class TooLarge(NamedTuple):
    """Every client of the device refuses messages of this size."""

    attempt: Attempt


Outcome = Delivered | CameBack | TooLarge

# Said of what a client may have seen.
WAS_SENT = frozenset({Result.WRITTEN, Result.ENDED, Result.KEPT, Result.UNKNOWN})


@dataclass
class _Open:
    """An attempt: its ways by tag, those that wait for their session, and what was said so far."""

    tags: set[int] = field(default_factory=set)
    kept: list[Way] = field(default_factory=list)
    was_sent: bool = False
    was_refused_for_size_only: bool = True  # by each client that refused it


class Flight:
    """The attempts that the broker has, each with its ways."""

    def __init__(self) -> None:
        self._next_tag = 1
        self._ways: dict[int, Way] = {}
        self._open: dict[Attempt, _Open] = {}
        self._kept_of: dict[str, list[Way]] = {}  # by client
        self._to_client: dict[str, int] = {}  # how many ways
        self._unanswered: set[int] = set()  # tags
        self._unsubscribed: set[str] = set()  # clients

    def has(self, attempt: Attempt) -> bool:
        """Return whether the attempt is on the way."""
        return attempt in self._open

    @property
    def unanswered(self) -> int:
        """Return of how many orders the broker has not said anything yet."""
        return len(self._unanswered)

    def to_client(self, client_id: str) -> int:
        """Return how many are on the way to a client."""
        return self._to_client.get(client_id, 0)

    def clear(self) -> None:
        """Forget everything: the broker knows nothing of it any more."""
        self._ways.clear()
        self._open.clear()
        self._kept_of.clear()
        self._to_client.clear()
        self._unanswered.clear()
        self._unsubscribed.clear()

    def add(self, way: Way) -> int:
        """Note a way; return the tag of its order."""
        tag = self._next_tag
        self._next_tag += 1
        self._ways[tag] = way
        self._unanswered.add(tag)
        self._open.setdefault(way.attempt, _Open()).tags.add(tag)
        self._to_client[way.client_id] = self.to_client(way.client_id) + 1
        return tag

    def result(self, tag: int, result: Result) -> Outcome | None:
        """Note what the broker said of an order; return what that decides for the command."""
        self._unanswered.discard(tag)
        way = self._ways.get(tag)
        if way is None:
            return None  # decided before
        attempt = self._open[way.attempt]
        attempt.was_sent |= result in WAS_SENT
        if result not in {Result.WRITTEN, Result.TOO_LARGE}:
            attempt.was_refused_for_size_only = False
        if result == Result.WRITTEN:
            return None
        if result == Result.DELIVERED:
            self._close(way.attempt)
            return Delivered(way.attempt)
        is_watched_again = result == Result.KEPT and way.client_id not in self._unsubscribed
        self._remove_way(tag)
        if is_watched_again:
            attempt.kept.append(way)
            self._kept_of.setdefault(way.client_id, []).append(way)
        return self._decide(way.attempt)

    def resumed(self, client_id: str) -> list[Way]:
        """Return the ways that waited for a client's session, which is there again.

        Each needs an order to watch it, and `add`; without any it is lost.
        """
        self._unsubscribed.discard(client_id)
        ways = self._kept_of.pop(client_id, [])
        for way in ways:
            self._open[way.attempt].kept.remove(way)
        return ways

    def unsubscribe(self, client_id: str) -> None:
        """Note that a client waits for commands no longer: it may acknowledge those that it has.

        The broker does not say its session when it resumes without a filter. So what is kept in it
        would wait forever.
        """
        if client_id in self._to_client:
            self._unsubscribed.add(client_id)

    def only_kept(self, device: str) -> list[Attempt]:
        """Return the attempts that wait for kept sessions only, those of this device or gateway."""
        if not self._kept_of:
            return []  # nearly always
        return [
            attempt
            for attempt, open_ in self._open.items()
            if not open_.tags and any(device_of(way.client_id) == device for way in open_.kept)
        ]

    def take_back(self, attempt: Attempt) -> CameBack:
        """Give up an attempt's ways."""
        self._close(attempt)
        return CameBack(attempt, was_sent=True)

    def _decide(self, attempt: Attempt) -> Outcome | None:
        open_ = self._open[attempt]
        if open_.tags or open_.kept:
            return None
        self._close(attempt)
        if open_.was_refused_for_size_only and not open_.was_sent:
            return TooLarge(attempt)
        return CameBack(attempt, open_.was_sent)

    def _close(self, attempt: Attempt) -> None:
        open_ = self._open.pop(attempt)
        for tag in list(open_.tags):
            self._forget(tag)
        for way in open_.kept:
            self._kept_of[way.client_id].remove(way)
            if not self._kept_of[way.client_id]:
                del self._kept_of[way.client_id]

    def _remove_way(self, tag: int) -> None:
        self._open[self._ways[tag].attempt].tags.discard(tag)
        self._forget(tag)

    def _forget(self, tag: int) -> None:
        way = self._ways.pop(tag)
        left = self._to_client[way.client_id] - 1
        if left:
            self._to_client[way.client_id] = left
        else:
            del self._to_client[way.client_id]
            self._unsubscribed.discard(way.client_id)
