"""Let supervisord notice within 50 ms that a program has ended, while something changes.

supervisord polls once a second, and Python resumes a poll that a signal interrupts (PEP 475), so
it learns only at the next poll that a child has ended. With fourteen programs those seconds add up.
Medians of four appliances on two busy cores, with this and without: a stop takes 4.1 s and 13.9 s,
a first boot until ready 7.0 s and 7.7 s, a later boot 6.7 s and 8.5 s.
"""

import time
from collections.abc import Callable
from typing import Any

from supervisor import events
from supervisor.states import SupervisorStates

_BUSY_POLL_SECONDS = 0.05
_BUSY_SECONDS = 2.0  # for this long after a change the next one is likely

Poll = Callable[[float], Any]


def make_extension(supervisord: Any) -> None:
    """Replace the poll of *supervisord* by one that waits briefly while something changes."""
    poller = BusyPoller(supervisord.options)
    supervisord.options.poller.poll = poller.poll
    events.subscribe(events.ProcessStateEvent, poller.on_change)


class BusyPoller:
    """Calls the original poll with a short timeout after a change, and while stopping."""

    def __init__(self, options: Any) -> None:
        self._options = options
        self._poll: Poll = options.poller.poll
        self._busy_until = time.monotonic() + _BUSY_SECONDS

    def on_change(self, _event: Any) -> None:
        """Note that a program has changed its state."""
        self._busy_until = time.monotonic() + _BUSY_SECONDS

    def poll(self, timeout: float) -> Any:
        """Return what the original poll returns; *timeout* applies only while nothing changes."""
        is_stopping = self._options.mood != SupervisorStates.RUNNING
        is_busy = is_stopping or time.monotonic() < self._busy_until
        return self._poll(_BUSY_POLL_SECONDS if is_busy else timeout)
