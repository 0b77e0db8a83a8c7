"""Try the links to the other VM and to the witness in a thread of its own.

A machine that is away answers nothing for seconds, in which the checker must not wait.
"""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from appliance.shared import link_check, link_expiry, twin
from healthcheck.observations import Answer
from healthcheck.probes.connection import BlockedError, ProbeError
from qlines.clock import Clock

EVERY_SECONDS = 2.0
TIMEOUT_SECONDS = 4.0
UNPAIRED = "has no pairing any more: restart the container"

Down = Callable[[twin.Twin, Path, float], Iterator[tuple[str, str]]]


class LinkWatch:
    """Knows which links are down; the thread starts with the first question."""

    def __init__(self, data_dir: Path, clock: Clock, down: Down = link_check.down) -> None:
        self._data_dir = data_dir
        self._clock = clock
        self._down = down
        self._answer = Answer(False, "has not been tried yet")
        self._thread: threading.Thread | None = None
        self.certificate_ends: dict[str, float] = {}

    def probe(self, _timeout_seconds: float) -> str:
        """Return that every link is up; raise ProbeError otherwise, at once.

        It is a BlockedError by the first side whose link is down: the program is not at fault,
        and to restart it would cut the other links.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="links", daemon=True)
            self._thread.start()
        is_ok, sentence, blocked_by = self._answer
        if blocked_by:
            raise BlockedError(blocked_by, sentence)
        if not is_ok:
            raise ProbeError(sentence)
        return sentence

    def try_links(self) -> None:
        """Try each link once and remember the result, and when the certificates expire."""
        self.certificate_ends = link_expiry.read(self._data_dir / twin.FOLDER)
        try:
            pairing = twin.read(self._data_dir)
        except twin.TwinError as error:
            self._answer = Answer(False, str(error))
            return
        self._answer = self._tried(pairing) if pairing else Answer(False, UNPAIRED)

    def _run(self) -> None:
        while True:
            self.try_links()
            self._clock.sleep(EVERY_SECONDS)

    def _tried(self, pairing: twin.Twin) -> Answer:
        found = list(self._down(pairing, self._data_dir, TIMEOUT_SECONDS))
        if found:
            return Answer(False, "; ".join(sentence for _side, sentence in found), found[0][0])
        return Answer(True, f"connected to {' and '.join(sorted(pairing.peers))}")
