"""Long polls of devices: the next command, or the next change of shared attributes.

A poll looks once when it begins and once each time it is woken. Until then it is a connection that
was taken from the server (parked_polls.py), or under a server that cannot let go a thread that
waits. It ends with the first of these:

=====================================================  ============================================
what happens                                           answer
=====================================================  ============================================
there is a command, or a change                        200 with it; the command is then delivered
its time is over, or the device polls for it again     408 without a body: ask again
the device was removed                                 403, ThingsBoard's "Device was deleted!"
the device has another token                           401
MongoDB does not answer                                503, as every request
=====================================================  ============================================

A change that comes between two polls of a device waits for the next one, for a minute: changes are
handed over one by one and in their order, or the device would have an old value in the end.
"""

import threading
from collections.abc import Callable

import orjson

from qlines.clock import Clock
from qlines.store.command_document import CommandDocument
from qlines.web.device.answers import Answer, json_answer, refusal
from qlines.web.device.parked_polls import ParkedPolls
from qlines.web.device.poll import NOTHING, Poll, Poller
from qlines.web.device.registry_handle import RegistryHandle
from qlines.web.news import Key, News, Waiting

MAX_POLLS = 10_000  # of this process
RETRY_SECONDS = 30
KEPT_SECONDS = 60.0  # changes of a device that has not polled again
BROKER = "http"  # where a command that was polled was sent, as the store notes it
TakeCommand = Callable[[str], CommandDocument | None]


class Polls:
    """The polls of all devices, one for each device and kind."""

    def __init__(
        self,
        news: News,
        registry: RegistryHandle,
        take_command: TakeCommand,
        clock: Clock,
        max_polls: int = MAX_POLLS,
    ) -> None:
        self._news = news
        self._registry = registry
        self._take_command = take_command
        self._clock = clock
        self._max_polls = max_polls
        self._lock = threading.Lock()
        self._open: dict[Key, Poll] = {}
        self._generation = 0
        self._changes: dict[str, Waiting] = {}  # by device
        self._polled_at: dict[Waiting, float] = {}  # when a poll for them ended last
        self._parked = ParkedPolls(self._step, self._end, clock)

    def __len__(self) -> int:
        """Return how many devices wait."""
        return len(self._open)

    def command(self, poller: Poller) -> Answer | None:
        """Wait for a command and hand it over, as it is answered.

        Return None when the connection was taken: the poll is answered there.
        """

        def look() -> bytes | None:
            command = self._take_command(poller.device)
            return None if command is None else polled_command(command)

        waiting = self._news.enter(poller.device, "commands", self._wake)
        return self._run(self._poll(poller, waiting, look))

    def change(self, poller: Poller) -> Answer | None:
        """Wait for the next change of the shared attributes, as command() does."""
        waiting = self._changes_of(poller.device)

        def look() -> bytes | None:
            return waiting.changes.popleft().encode() if waiting.changes else None

        return self._run(self._poll(poller, waiting, look))

    def tidy(self) -> None:
        """End the polls of devices that were removed or have another token; call it each second.

        Forget the changes that nobody has polled for.
        """
        for waiting in self._forgotten():
            self._news.leave(waiting)
        generation = self._registry.generation()
        if generation != self._generation:
            self._generation = generation
            with self._lock:
                polls = list(self._open.values())
            for poll in polls:
                if self._refusal(poll.poller):
                    poll.wake()

    def drop_who_left(self) -> None:
        """End the polls of devices that have hung up: they cost memory, and a place."""
        with self._lock:
            polls = list(self._open.values())
        for poll in polls:
            if poll.poller.connection.has_left():
                poll.wake()

    def _forgotten(self) -> list[Waiting]:
        oldest = self._clock.monotonic() - KEPT_SECONDS
        with self._lock:
            forgotten = [
                waiting
                for waiting, at in self._polled_at.items()
                if at < oldest and waiting.key not in self._open
            ]
            for waiting in forgotten:
                del self._polled_at[waiting]
                del self._changes[waiting.key[1]]
        return forgotten

    def _changes_of(self, device: str) -> Waiting:
        with self._lock:
            if device not in self._changes:
                self._changes[device] = self._news.enter(device, "changes", self._wake)
            waiting = self._changes[device]
            self._polled_at.pop(waiting, None)
            return waiting

    def _poll(self, poller: Poller, waiting: Waiting, look: Callable[[], bytes | None]) -> Poll:
        return Poll(poller, waiting, look, self._clock.monotonic() + poller.seconds)

    def _run(self, poll: Poll) -> Answer | None:
        is_parked = False
        try:
            if not self._enter(poll):
                return _too_many(self._max_polls)
            answer = self._step(poll)
            if answer is None and self._is_over(poll):
                return NOTHING
            if answer is None and poll.poller.connection.take():
                is_parked = True
                self._parked.add(poll)
                return None
            return answer or self._wait(poll)
        finally:
            if not is_parked:
                self._leave(poll)

    def _enter(self, poll: Poll) -> bool:
        """Give the poll its place, or that of the device's older one; return whether it has one."""
        key = poll.waiting.key
        with self._lock:
            older = self._open.get(key)
            if older is None and len(self._open) >= self._max_polls:
                return False
            self._open[key] = poll
        if older:
            older.replace()
        return True

    def _leave(self, poll: Poll) -> None:
        key = poll.waiting.key
        with self._lock:
            if self._open.get(key) is poll:  # else a newer one has its place, or had it
                del self._open[key]
            if self._changes.get(poll.poller.device) is poll.waiting:
                self._polled_at[poll.waiting] = self._clock.monotonic()
                return
        self._news.leave(poll.waiting)

    def _wake(self, key: Key) -> None:
        """Let the poll look that has this place now."""
        poll = self._open.get(key)
        if poll is not None:
            poll.wake()

    def _wait(self, poll: Poll) -> Answer:
        news = threading.Event()
        poll.when_woken(news.set)
        while news.wait(max(0.0, poll.ends_at - self._clock.monotonic())):
            news.clear()  # before it looks: what comes while it does is not missed
            answer = self._step(poll)
            if answer is not None:
                return answer
        return NOTHING

    def _end(self, poll: Poll, answer: Answer) -> None:
        """End a poll that was parked."""
        self._leave(poll)
        poll.poller.connection.answer(answer)

    def _is_over(self, poll: Poll) -> bool:
        return poll.ends_at <= self._clock.monotonic()

    def _step(self, poll: Poll) -> Answer | None:
        """Return how the poll ends now; None: it waits on. Raise StoreUnavailableError."""
        if poll.is_replaced or poll.poller.connection.has_left():
            return NOTHING
        if refused := self._refusal(poll.poller):
            return refused
        found = poll.look()
        return None if found is None else json_answer(found)

    def _refusal(self, poller: Poller) -> Answer | None:
        """Return how a poll ends whose token has become invalid since it began."""
        if self._registry.device_by_token(poller.token, self._clock.now_us()):
            return None
        if self._registry.device(poller.device):
            return refusal(401, "this token is not valid any more: copy the new one from the page")
        return refusal(403, "Device was deleted!")


def polled_command(command: CommandDocument) -> bytes:
    """Return a command as a device gets it over HTTP, in ThingsBoard's form; pure."""
    method = orjson.dumps(command["method"])
    return b'{"id":%d,"method":%b,"params":%b}' % (
        command["number"],
        method,
        command["params"].encode(),
    )


def _too_many(max_polls: int) -> Answer:
    return refusal(
        503,
        f"{max_polls:,} devices wait for commands or changes, and no more may: poll later, or "
        "connect by MQTT",
        ("Retry-After", str(RETRY_SECONDS)),
    )
