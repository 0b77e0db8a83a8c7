"""When devices were heard last that come under a rule about silence without sending anything.

Otherwise one that never sends again would be taken for one that never sent. ClickHouse knows it. It
is asked in a process of its own, which ends: its driver takes 25 MB, and this is rarely needed.
"""

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from qlines.clock import Clock

log = logging.getLogger(__name__)

ASK_SECONDS = 10.0
ASK_AGAIN_SECONDS = 30.0
Heard = Mapping[str, int]  # by device, microseconds since 1970


def ask(devices: Sequence[str]) -> Heard:
    """Return when these devices were heard last; one that never was is absent.

    Raise subprocess.SubprocessError when ClickHouse does not answer, or OSError.
    """
    done = subprocess.run(
        (sys.executable, "-m", "qlines.alarms.ask_last_heard"),
        input="\n".join(devices), stdout=subprocess.PIPE, text=True, timeout=ASK_SECONDS,
        check=True,
    )  # fmt: skip
    heard: Heard = json.loads(done.stdout)
    return heard


class LastHeard:
    """Asks in a thread, again until there is an answer: nobody waits for it."""

    def __init__(self, clock: Clock, ask: Callable[[Sequence[str]], Heard] = ask) -> None:
        self._clock = clock
        self._ask = ask
        self._threads = ThreadPoolExecutor(1, "last-heard")
        self._wanted: set[str] = set()
        self._wanted_then: set[str] = set()
        self._asked: Future[Heard] | None = None
        self._ask_at = float("-inf")

    def want(self, devices: Iterable[str]) -> None:
        """Have these devices asked for; take() has the answer later."""
        self._wanted.update(devices)

    def take(self) -> Heard:
        """Return what was answered since the last call, {} while nothing was."""
        if self._asked is None:
            if self._wanted and self._clock.monotonic() >= self._ask_at:
                self._asked = self._threads.submit(self._ask, sorted(self._wanted))
                self._wanted_then, self._wanted = self._wanted, set()
            return {}
        if not self._asked.done():
            return {}
        asked, self._asked = self._asked, None
        try:
            return asked.result()
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            log.warning("when silent devices were heard last is not known yet: %s", error)
            self._wanted |= self._wanted_then
            self._ask_at = self._clock.monotonic() + ASK_AGAIN_SECONDS
            return {}
