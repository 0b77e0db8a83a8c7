"""A program's heartbeat: that its loop still runs, what it waits for, how far it is behind."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from appliance.shared.files import write_atomically
from qlines.clock import Clock

WRITE_EVERY_SECONDS = 1.0


class Beats(Protocol):
    """Where a loop reports each iteration: a Heartbeat, or what passes it on."""

    def beat(
        self,
        sentence: str,
        *,
        waiting_for: str | None = None,
        counters: Mapping[str, Any] | None = None,
        lag_ms: int | None = None,
    ) -> None:
        """Note one iteration."""
        ...


def read(run_dir: Path, program: str) -> dict[str, Any]:
    """Return what a program wrote last, as Heartbeat describes it; {} when it never did."""
    try:
        document: dict[str, Any] = json.loads(
            (run_dir / "heartbeat" / f"{program}.json").read_text()
        )
    except (FileNotFoundError, ValueError):
        return {}
    return document


def read_lag_ms(run_dir: Path, program: str) -> int:
    """Return the lag that a consumer wrote last, 0 when it never did."""
    try:
        return int((run_dir / "lag" / program).read_text())
    except (FileNotFoundError, ValueError):
        return 0


class Heartbeat:
    """Writes ``<run_dir>/heartbeat/<program>.json``, at most once a second.

    The file holds ``{"pid": process id, "beat_at": epoch seconds, "waiting_for": name or null,
    "sentence": text, "counters": {name: number}}``. The health checker judges how long it has not
    changed: a loop that hangs stops writing.

    A consumer also writes ``<run_dir>/lag/<program>``, milliseconds as text: the broker slows
    senders by the largest of these, which is how back-pressure reaches the devices.
    """

    def __init__(self, run_dir: Path, program: str, clock: Clock) -> None:
        self._file = run_dir / "heartbeat" / f"{program}.json"
        self._lag_file = run_dir / "lag" / program
        self._clock = clock
        self._written_at = float("-inf")
        self._waiting_for: str | None = None
        self._counters: Mapping[str, Any] = {}

    def beat(
        self,
        sentence: str,
        *,
        waiting_for: str | None = None,
        counters: Mapping[str, Any] | None = None,
        lag_ms: int | None = None,
    ) -> None:
        """Note one iteration of the loop; a change of *waiting_for* is written at once.

        Without *counters* the last ones stay: a program that waits has not forgotten them.
        """
        self._counters = self._counters if counters is None else counters
        is_due = self._clock.monotonic() - self._written_at >= WRITE_EVERY_SECONDS
        if not is_due and self._waiting_for == waiting_for:
            return
        self._written_at = self._clock.monotonic()
        self._waiting_for = waiting_for
        document = {
            "pid": os.getpid(),
            "beat_at": self._clock.now_us() / 1e6,
            "waiting_for": waiting_for,
            "sentence": sentence,
            "counters": dict(self._counters),
        }
        write_atomically(self._file, json.dumps(document))
        if lag_ms is not None:
            write_atomically(self._lag_file, f"{lag_ms}\n")
