"""Polls that wait without a thread: their connections were taken from the server.

10,000 green threads that wait cost 20 to 36 KB each; a connection that was taken costs 1 KB. What
wakes a poll puts it into a queue, from which a few threads look for all of them; the threads end
when the queue is empty. A poll is looked at by one thread at a time, so that a command that it has
taken is never lost to the end of its time.
"""

import logging
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from functools import partial
from math import ceil

from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.web.device.answers import Answer, not_answered, refusal, unavailable
from qlines.web.device.poll import NOTHING, Poll
from qlines.web.problem import INTERNAL_ERROR

log = logging.getLogger(__name__)

MAX_LOOKERS = 16  # MongoDB answers each within a millisecond or two
TICKS_PER_SECOND = 10  # a poll may end so much later than it asked for

Step = Callable[[Poll], Answer | None]
End = Callable[[Poll, Answer], None]


class ParkedPolls:
    """The polls that are parked; *step* looks for one, *end* answers it."""

    def __init__(self, step: Step, end: End, clock: Clock) -> None:
        self._step = step
        self._end = end
        self._clock = clock
        self._lock = threading.Lock()
        self._queue: deque[Poll] = deque()
        self._busy: dict[Poll, bool] = {}  # queued or looked at; whether there has been news since
        self._lookers = 0
        self._ends = Ends()
        self._is_timed = False

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._ends)

    def add(self, poll: Poll) -> None:
        """Let it wait for news, and for the end of its time."""
        with self._lock:
            self._ends.add(poll, poll.ends_at)
            is_first, self._is_timed = not self._is_timed, True
        if is_first:
            threading.Thread(target=self._keep_time, daemon=True).start()
        poll.when_woken(partial(self._look_soon, poll))

    def end_due(self) -> None:
        """End those whose time is over; one that is being looked at ends with what is found."""
        with self._lock:
            due = self._ends.take(self._clock.monotonic())
            over = [poll for poll in due if poll not in self._busy]
        for poll in over:
            self._end(poll, NOTHING)

    def _look_soon(self, poll: Poll) -> None:
        with self._lock:
            if poll in self._busy:
                self._busy[poll] = True
                return
            if poll not in self._ends:
                return  # it has ended
            self._busy[poll] = False
            self._queue.append(poll)
            if self._lookers >= MAX_LOOKERS:
                return
            self._lookers += 1
        threading.Thread(target=self._look_for_all, daemon=True).start()

    def _look_for_all(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._lookers -= 1
                    return
                poll = self._queue.popleft()
            self._look(poll)

    def _look(self, poll: Poll) -> None:
        answer = self._answer(poll)
        with self._lock:
            had_news = self._busy.pop(poll)
            if answer is None and poll not in self._ends:  # its time ended while it was looked at
                answer = NOTHING
            if answer is not None:
                self._ends.discard(poll)
        if answer is not None:
            self._end(poll, answer)
        elif had_news:
            self._look_soon(poll)

    def _answer(self, poll: Poll) -> Answer | None:
        try:
            return self._step(poll)
        except StoreUnavailableError as error:
            return unavailable(not_answered(error))
        except Exception:
            log.exception("a poll failed")
            return refusal(500, INTERNAL_ERROR)

    def _keep_time(self) -> None:
        tick = threading.Event()
        while self._has_more():
            tick.wait(1 / TICKS_PER_SECOND)
            self.end_due()

    def _has_more(self) -> bool:
        with self._lock:
            self._is_timed = bool(self._ends)
            return self._is_timed


class Ends:
    """Polls by the time at which they end, in ticks; adding and removing takes the same time."""

    def __init__(self) -> None:
        self._tick_of: dict[Poll, int] = {}
        self._at: defaultdict[int, set[Poll]] = defaultdict(set)

    def __len__(self) -> int:
        """Return how many polls wait."""
        return len(self._tick_of)

    def __contains__(self, poll: Poll) -> bool:
        """Return whether its time is not over."""
        return poll in self._tick_of

    def add(self, poll: Poll, at: float) -> None:
        """Let a poll end at this time, rounded up to a tick."""
        tick = ceil(at * TICKS_PER_SECOND)
        self._tick_of[poll] = tick
        self._at[tick].add(poll)

    def discard(self, poll: Poll) -> None:
        """Forget a poll, which may have been taken before."""
        tick = self._tick_of.pop(poll, None)
        if tick is None:
            return
        self._at[tick].discard(poll)
        if not self._at[tick]:
            del self._at[tick]

    def take(self, now: float) -> list[Poll]:
        """Return those whose time is over, and forget them."""
        ticks = [tick for tick in self._at if tick <= now * TICKS_PER_SECOND]
        due = [poll for tick in ticks for poll in self._at.pop(tick)]
        for poll in due:
            del self._tick_of[poll]
        return due
