"""Keep a sample of every minute of the last day; in a thread of healthd."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from healthcheck.day import file
from healthcheck.day.sample import EVERY_SECONDS, KEPT, Counts, Sample, counts_of, sample
from healthcheck.metrics.measurements import Measurements
from healthcheck.report import View
from qlines.clock import Clock

log = logging.getLogger(__name__)


class Day:
    """The loop; *samples* are those of the last day, the oldest first, replaced as a whole."""

    def __init__(
        self,
        data_dir: Path,
        view: Callable[[], View | None],
        measured: Callable[[], Measurements],
        clock: Clock,
    ) -> None:
        self._file = data_dir / file.NAME
        self._view = view
        self._measured = measured
        self._clock = clock
        self._counts: Counts = {}
        self._counted_at = clock.monotonic()
        self._appended = KEPT  # the first write replaces the file, whatever is in it
        self.samples = file.read(self._file, clock.now_us() / 1e6)

    def start(self) -> None:
        """Run the loop in a thread that ends with the process."""
        threading.Thread(target=self._run, name="day", daemon=True).start()

    def _run(self) -> None:
        while True:
            self._clock.sleep(EVERY_SECONDS)
            self.step()

    def step(self) -> None:
        """Take a sample and keep it; without a view, at the very beginning, it takes none."""
        view, now = self._view(), self._clock.monotonic()
        if view is None or "disk" not in view.deep:
            return
        elapsed_seconds = now - self._counted_at
        at, container = self._clock.now_us() / 1e6, self._measured().container
        new = sample(at, view, container, self._counts, elapsed_seconds)
        self._counts, self._counted_at = counts_of(view), now
        self.samples = (*self.samples, new)[-KEPT:]
        self._save(new)

    def _save(self, new: Sample) -> None:
        """Append the sample; once a day the file is replaced, so that it does not grow."""
        try:
            if self._appended < KEPT:
                file.append(self._file, new)
                self._appended += 1
            else:
                file.replace(self._file, self.samples)
                self._appended = 0
        except OSError as error:
            log.warning("cannot write %s: %s", self._file, error)
