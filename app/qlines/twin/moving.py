"""While this side is drained, let the broker send its devices to the other one.

They come back through a proxy, which leads them to the side that serves. The broker's plugin does
it (appliance/broker/moving.c), at the rate that it reads in a file. It is written again and again,
because a stale one counts for nothing: so the devices stay when this program ends.
"""

import logging
from collections.abc import Callable
from pathlib import Path

from appliance.shared.files import write_atomically
from qlines.clock import Clock
from qlines.twin.other_side import READY

log = logging.getLogger(__name__)

FILE = "move-clients"  # in the run folder
# The proxies need a moment to notice a drain: who is sent away earlier comes back here.
NOTICE_SECONDS = 5.0
RENEW_SECONDS = 1.0  # the plugin believes it for five


class Moving:
    """The decision, which run_once() repeats: nobody moves unless the other side is ready.

    *drained_since* says since when this side is drained, epoch seconds, None while it is not.
    """

    def __init__(
        self, run_dir: Path, clients_per_second: int, *,
        drained_since: Callable[[], float | None], status_of_other: Callable[[], str], clock: Clock,
    ) -> None:  # fmt: skip
        self._file = run_dir / FILE
        self._clients_per_second = clients_per_second
        self._drained_since = drained_since
        self._status_of_other = status_of_other
        self._clock = clock
        self._due_at = float("-inf")
        self._sentence = ""

    def run_once(self) -> None:
        """Write the file, or remove it; at once at the end of a drain, else once a second."""
        since = self._drained_since()
        if since is None:
            self._stay("")
        elif self._clock.now_us() / 1e6 < since + NOTICE_SECONDS:
            pass  # the file is absent, or from before the drain was repeated
        elif self._clock.monotonic() >= self._due_at:
            self._due_at = self._clock.monotonic() + RENEW_SECONDS
            other = self._status_of_other()
            if other == READY:
                self._go()
            else:
                self._stay(f"drained, but the devices stay: the other side is {other}")

    def _go(self) -> None:
        write_atomically(self._file, f"{self._clients_per_second}\n")
        self._say(f"drained: {self._clients_per_second} devices a second go to the other side")

    def _stay(self, sentence: str) -> None:
        self._file.unlink(missing_ok=True)
        self._say(sentence)

    def _say(self, sentence: str) -> None:
        if sentence and sentence != self._sentence:
            log.info("%s", sentence)
        self._sentence = sentence
