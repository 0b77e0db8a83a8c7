"""What a side of two twins does in MongoDB at its start: only what the primary lets it do.

The set exists since before the pairing, so no side initiates one. A side that starts while no side
has the majority must serve nevertheless what needs no primary, telemetry above all: schema and
accounts are there from before, and the side that is active ensures them.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from qlines import role
from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.role import UNKNOWN
from qlines.settings import Settings

log = logging.getLogger(__name__)

# Longer than an election, and than MongoDB needs to start.
WITHOUT_PRIMARY_SECONDS = 15.0


@contextmanager
def skipped_without_primary(settings: Settings, clock: Clock, what: str) -> Iterator[None]:
    """Let the block fail for want of a primary, once there has been none for a while.

    Before that StoreUnavailableError passes through: the caller repeats the block.
    """
    try:
        yield
    except StoreUnavailableError as error:
        now = clock.now_us() / 1e6
        seen = role.read(settings.run_dir, now)
        if seen.role != UNKNOWN or now - seen.since < WITHOUT_PRIMARY_SECONDS:
            raise
        log.warning("%s is left to the next active side: %s (%s)", what, seen.sentence, error)
