"""Decide when to look again: often while something is not well, seldom while everything is.

Readiness must be noticed within 200 ms during the start, and checking a quiet appliance must
cost next to nothing.
"""

from typing import NamedTuple

EAGER_PAUSE_SECONDS = 0.1
CALM_PAUSE_SECONDS = 1.0
MAX_EAGER_SECONDS = 120.0  # trouble that lasts longer is checked calmly
PROBE_EVERY_SECONDS = 5.0  # while a program is well
ASK_SUPERVISORD_EVERY_SECONDS = 15.0
MIN_TIMEOUT_SECONDS = 0.1
MAX_TIMEOUT_SECONDS = 2.0


class LastProbe(NamedTuple):
    """When a program was last probed, and whether it was well then."""

    at: float
    was_ok: bool


def pause_seconds(all_well: bool, trouble_seconds: float) -> float:
    """Return how long to pause between two iterations."""
    is_calm = all_well or trouble_seconds > MAX_EAGER_SECONDS
    return CALM_PAUSE_SECONDS if is_calm else EAGER_PAUSE_SECONDS


def is_probe_due(last: LastProbe | None, started_at: float, now: float) -> bool:
    """Return whether to probe a program now: at once after a restart, seldom while it is well."""
    if last is None or not last.was_ok or last.at < started_at:
        return True
    return now - last.at >= PROBE_EVERY_SECONDS


def timeout_seconds(last: LastProbe | None, started_at: float, now: float) -> float:
    """Return how long to wait for an answer: briefly during a start, when many do not answer.

    A store accepts connections before it answers, and the programs probed after it must not wait
    for that. The longer a start takes, the more likely the machine is just slow.
    """
    if last is not None and last.was_ok and last.at >= started_at:
        return MAX_TIMEOUT_SECONDS
    return min(MAX_TIMEOUT_SECONDS, max(MIN_TIMEOUT_SECONDS, (now - started_at) / 20))


def is_supervisord_due(asked_at: float, all_well: bool, all_run: bool, now: float) -> bool:
    """Return whether to ask supervisord now: its answer costs both sides some milliseconds."""
    return not all_well or not all_run or now - asked_at >= ASK_SUPERVISORD_EVERY_SECONDS
