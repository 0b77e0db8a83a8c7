"""Long polls of devices: the next command, or the next change of shared attributes.

A poll looks once when it begins and once each time it is woken; until then it is a green thread
that waits. It ends with the first of these:

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
from typing import NamedTuple

import orjson

from qlines.clock import Clock
from qlines.store.command_document import CommandDocument
from qlines.web.device.answers import Answer, json_answer, refusal
from qlines.web.device.registry_handle import RegistryHandle
from qlines.web.news import Kind, News, Waiting

MAX_POLLS = 10_000  # of this process
RETRY_SECONDS = 30
KEPT_SECONDS = 60.0  # changes of a device that has not polled again
BROKER = "http"  # where a command that was polled was sent, as the store notes it
NOTHING = Answer(408)
TakeCommand = Callable[[str], CommandDocument | None]


class Poller(NamedTuple):
    """A device that polls: its id, the token it used, for how long, whether it has hung up."""

    device: str
    token: str
    seconds: float
    has_left: Callable[[], bool]


class _Poll:
    """A poll that has begun."""

    def __init__(self, poller: Poller, waiting: Waiting) -> None:
        self.poller = poller
        self.waiting = waiting
        self.is_replaced = False

    def replace(self) -> None:
        """End it, because the device polls for the same again."""
        self.is_replaced = True
        self.waiting.wake()


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
        self._open: dict[tuple[Kind, str], _Poll] = {}
        self._generation = 0
        self._changes: dict[str, Waiting] = {}  # by device
        self._polled_at: dict[Waiting, float] = {}  # when a poll for them ended last

    def __len__(self) -> int:
        """Return how many devices wait."""
        return len(self._open)

    def command(self, poller: Poller) -> Answer:
        """Wait for a command and hand it over, as it is answered."""

        def look(_: Waiting) -> bytes | None:
            command = self._take_command(poller.device)
            return None if command is None else polled_command(command)

        with self._news.of(poller.device, "commands") as waiting:
            return self._run(_Poll(poller, waiting), look)

    def change(self, poller: Poller) -> Answer:
        """Wait for the next change of the shared attributes."""

        def look(waiting: Waiting) -> bytes | None:
            return waiting.changes.popleft().encode() if waiting.changes else None

        waiting = self._changes_of(poller.device)
        try:
            return self._run(_Poll(poller, waiting), look)
        finally:
            with self._lock:
                self._polled_at[waiting] = self._clock.monotonic()

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
                    poll.waiting.wake()

    def drop_who_left(self) -> None:
        """End the polls of devices that have hung up: they cost memory, and a place."""
        with self._lock:
            polls = list(self._open.values())
        for poll in polls:
            if poll.poller.has_left():
                poll.waiting.wake()

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
                self._changes[device] = self._news.enter(device, "changes")
            waiting = self._changes[device]
            self._polled_at.pop(waiting, None)
            return waiting

    def _run(self, poll: _Poll, look: Callable[[Waiting], bytes | None]) -> Answer:
        key = poll.waiting.key
        with self._lock:
            older = self._open.get(key)
            if older is None and len(self._open) >= self._max_polls:
                return _too_many(self._max_polls)
            self._open[key] = poll
        if older:
            older.replace()
        try:
            return self._wait(poll, look)
        finally:
            with self._lock:
                if self._open.get(key) is poll:  # else a newer one has its place, or had it
                    del self._open[key]

    def _wait(self, poll: _Poll, look: Callable[[Waiting], bytes | None]) -> Answer:
        ends_at = self._clock.monotonic() + poll.poller.seconds
        while not poll.is_replaced and not poll.poller.has_left():
            if refused := self._refusal(poll.poller):
                return refused
            found = look(poll.waiting)
            if found is not None:
                return json_answer(found)
            if not poll.waiting.wait(max(0.0, ends_at - self._clock.monotonic())):
                return NOTHING
        return NOTHING

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
