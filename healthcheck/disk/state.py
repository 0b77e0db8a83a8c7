"""Keep what the guard knows across restarts: dropped partitions, growth, and the time."""

import json
from pathlib import Path
from typing import NamedTuple

from appliance.shared.files import write_atomically
from healthcheck.disk.forecast import Sample
from healthcheck.disk.guard import Dropped
from healthcheck.disk.trusted_time import TrustedTime

KEPT_DROPS = 100


class State(NamedTuple):
    """*dropped* are the newest hundred; the two sums are of all."""

    time: TrustedTime | None = None
    samples: tuple[Sample, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    dropped_partitions: int = 0
    dropped_bytes: int = 0

    def with_dropped(self, dropped: Dropped) -> "State":
        """Return the state after one more partition was dropped."""
        return self._replace(
            dropped=(*self.dropped, dropped)[-KEPT_DROPS:],
            dropped_partitions=self.dropped_partitions + 1,
            dropped_bytes=self.dropped_bytes + dropped.bytes,
        )


def load(file: Path) -> State:
    """Return what was saved; without a valid file an empty state.

    A corrupt file was written about when the file system says: a clock that has jumped since then
    must not be believed at once.
    """
    try:
        saved = json.loads(file.read_text())
        return State(
            TrustedTime(*saved["time"]) if saved["time"] else None,
            tuple(Sample(*item) for item in saved["samples"]),
            tuple(Dropped(*item) for item in saved["dropped"]),
            int(saved["dropped_partitions"]),
            int(saved["dropped_bytes"]),
        )
    except OSError:
        return State()
    except (ValueError, KeyError, TypeError):
        return State(TrustedTime(file.stat().st_mtime, 0.0))


def save(file: Path, state: State) -> None:
    """Replace the file and sync it; raise OSError when it cannot be, as on a full disk."""
    write_atomically(file, json.dumps(state._asdict()), is_synced=True)
