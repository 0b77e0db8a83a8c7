"""Tell the health checker that a loop still turns, what it waits for, how far it is behind."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qlines.clock import Clock


def write_atomically(path: Path, text: str) -> None:
    """Replace a small file so that a reader sees the old text or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(text)
    unfinished.replace(path)


class Alive:
    """One program's sign of life in ``<run_dir>/alive/<program>.json``, at most one write a second.

    The file holds ``{"turned_at": epoch seconds, "waiting_for": name or null, "sentence": text,
    "counters": {name: number}}``. The checker judges its age: a loop that hangs stops writing.
    """

    def __init__(self, run_dir: Path, program: str, clock: Clock) -> None:
        self._file = run_dir / "alive" / f"{program}.json"
        self._lag_file = run_dir / "lag" / program
        self._clock = clock
        self._written_at = float("-inf")
        self._state: tuple[str | None, str] = (None, "")

    def turned(
        self,
        sentence: str,
        *,
        waiting_for: str | None = None,
        counters: Mapping[str, Any] | None = None,
        lag_ms: int | None = None,
    ) -> None:
        """Note one turn of the loop; a change of *waiting_for* is written at once."""
        due = self._clock.monotonic() - self._written_at >= 1.0
        if not due and self._state[0] == waiting_for:
            return
        self._written_at = self._clock.monotonic()
        self._state = (waiting_for, sentence)
        sign = {
            "turned_at": self._clock.now_us() / 1e6,
            "waiting_for": waiting_for,
            "sentence": sentence,
            "counters": dict(counters or {}),
        }
        write_atomically(self._file, json.dumps(sign))
        if lag_ms is not None:
            write_atomically(self._lag_file, f"{lag_ms}\n")
