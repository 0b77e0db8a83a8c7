"""Makes supervisord look again soon while something changes, and stop in two strides.

It looks once a second. With fourteen programs that are started, restarted and stopped one after
the other those seconds add up: one at each boot, one at each restart, up to fourteen at a stop.
At a stop it ends one program at a time, from the last to the first. Those that only use the stores
do not need each other to end cleanly: all of them are told at once, then the stores in turn.
"""

import time
from collections.abc import Callable
from typing import Any

from supervisor import events
from supervisor.states import SupervisorStates

_SOON_SECONDS = 0.05
_BUSY_SECONDS = 2.0  # for this long after a change the next one is likely

Poll = Callable[[float], Any]


def make_extension(supervisord: Any, together_from: str) -> None:
    """Take the place of supervisord's wait for its programs' output; at a stop be there first."""

    def stop_together(_event: Any) -> None:
        for group in supervisord.process_groups.values():
            if group.config.priority >= int(together_from):
                group.stop_all()

    events.subscribe(events.SupervisorStoppingEvent, stop_together)
    pace = _Pace(supervisord.options)
    supervisord.options.poller.poll = pace.poll
    events.subscribe(events.ProcessStateEvent, pace.on_change)


class _Pace:
    def __init__(self, options: Any) -> None:
        self._options = options
        self._poll: Poll = options.poller.poll
        self._busy_until = time.monotonic() + _BUSY_SECONDS

    def on_change(self, _event: Any) -> None:
        self._busy_until = time.monotonic() + _BUSY_SECONDS

    def poll(self, timeout: float) -> Any:
        stopping = self._options.mood != SupervisorStates.RUNNING
        soon = stopping or time.monotonic() < self._busy_until
        return self._poll(_SOON_SECONDS if soon else timeout)
