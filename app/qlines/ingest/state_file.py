"""Persist what ingest knows apart from the spool's cursors, so that a restart loses none of it.

The rule: a cursor advances only when everything from the frames before it is in Kafka, and in
MongoDB or in this file. So attributes and answers are safe while MongoDB is away, segments of the
spool are deleted as usual, and the spool holds telemetry only.

The file is small, because it holds the newest of each thing, but it is replaced as a whole; so
writing it may take at most a twentieth of the time. The cursors wait for it: a restart then
replays a second or more of frames, which is harmless.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import orjson

from appliance.shared.files import set_aside, write_atomically
from qlines.clock import Clock
from qlines.ingest.connections import Connections
from qlines.ingest.pending_writes import PendingWrites

log = logging.getLogger(__name__)

MIN_PAUSE_SECONDS = 1.0  # between two writes
PAUSE_PER_WRITE = 20  # the pause in multiples of the last write's duration, if that is longer


class SavedState(NamedTuple):
    """The content of the file."""

    connections: Connections
    pending: PendingWrites


class StateFile:
    """The file, replaced as a whole by each save()."""

    def __init__(self, path: Path, clock: Clock, note: Callable[[str], None] = log.warning) -> None:
        self._path = path
        self._clock = clock
        self._note = note
        self._next_at = float("-inf")

    def load(self) -> SavedState:
        """Return what was saved last; an empty state without a file, or with a corrupt one."""
        try:
            saved = orjson.loads(self._path.read_bytes())
            return SavedState(
                Connections.from_json(saved["connections"]),
                PendingWrites.from_json(saved["waiting"]),
            )
        except FileNotFoundError:
            return SavedState(Connections(), PendingWrites())
        except (ArithmeticError, ValueError, TypeError, KeyError, AttributeError) as error:
            aside = set_aside(self._path)
            self._note(f"set aside {aside}, which was corrupt: {error!r}")
            return SavedState(Connections(), PendingWrites())

    def is_due(self) -> bool:
        """Return whether the file may be written again."""
        return self._clock.monotonic() >= self._next_at

    def save(self, state: SavedState) -> None:
        """Replace the file; once this returns the state survives a power cut."""
        started = self._clock.monotonic()
        text = orjson.dumps(
            {"connections": state.connections.to_json(), "waiting": state.pending.to_json()},
            default=tuple,  # orjson serialises no named tuples
        )
        write_atomically(self._path, text, is_synced=True)
        ended = self._clock.monotonic()
        self._next_at = ended + max(MIN_PAUSE_SECONDS, PAUSE_PER_WRITE * (ended - started))
