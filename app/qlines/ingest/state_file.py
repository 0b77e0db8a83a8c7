"""Keep what ingest knows beside the spool's cursors, so that a kill loses none of it.

The rule: a cursor is moved on only when everything from the frames before it is in Kafka, and in
MongoDB or in this file. So while MongoDB is away attributes are safe here, segments of the spool
are deleted as always, and the spool holds telemetry only.

The file is small, since it holds the newest of each thing, but it is written whole; so writing
takes at most a twentieth of the time. The cursors wait for it; reading a second or more of
frames again after a kill is harmless.
"""

import logging
import os
from pathlib import Path
from typing import NamedTuple

import orjson

from qlines.clock import Clock
from qlines.ingest.connections import Connections
from qlines.ingest.waiting import Waiting

log = logging.getLogger(__name__)

REST_SECONDS = 1.0  # between two writes, at least
REST_FACTOR = 20  # times what the last write took, if that is longer


class State(NamedTuple):
    """Everything that ingest keeps from one batch to the next."""

    connections: Connections
    waiting: Waiting


class StateFile:
    """The file, replaced whole by each save()."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._next_at = float("-inf")

    def load(self) -> State:
        """Return what was saved last; nothing when there is no file."""
        try:
            saved = orjson.loads(self._path.read_bytes())
            return State(
                Connections.from_json(saved["connections"]), Waiting.from_json(saved["waiting"])
            )
        except FileNotFoundError:
            return State(Connections(), Waiting())
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            kept = self._path.with_suffix(".damaged")
            log.error("%s cannot be read and is kept as %s: %r", self._path, kept, error)  # noqa: TRY400 - the cause is in the line, the stack says nothing more
            self._path.replace(kept)
            return State(Connections(), Waiting())

    def is_due(self) -> bool:
        """Tell whether the file may be written again already."""
        return self._clock.monotonic() >= self._next_at

    def save(self, state: State) -> None:
        """Replace the file; on return it is on the disk, whatever happens to this process."""
        started = self._clock.monotonic()
        text = orjson.dumps(
            {"connections": state.connections.to_json(), "waiting": state.waiting.to_json()},
            default=tuple,  # orjson does not take named tuples by itself
        )
        unfinished = self._path.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            file.write(text)
            file.flush()
            os.fdatasync(file.fileno())
        unfinished.replace(self._path)
        ended = self._clock.monotonic()
        self._next_at = ended + max(REST_SECONDS, REST_FACTOR * (ended - started))
