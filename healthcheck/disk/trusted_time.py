"""Decide what time it is for deletions, so that a clock that jumped deletes nothing recent; pure.

The time is a line that advances with the running time of this machine. While the clock stays near
the line, the clock is the time. When it jumps, ahead or back, the earlier of clock and line counts;
after a day of running with the new time, the line moves there. A container that was stopped for a
month looks the same as a clock that jumped by a month: for its first day the last day before the
stop counts as recent too, and then no longer.
"""

from typing import NamedTuple

TOLERANCE_SECONDS = 600.0  # a stop for an upgrade, and any correction by NTP that is worth no alarm
HOLD_SECONDS = 86_400.0


class TrustedTime(NamedTuple):
    """*line* is epoch seconds; *hold_seconds* of running until a clock that jumped is believed."""

    line: float
    hold_seconds: float


def advance(last: TrustedTime | None, elapsed_seconds: float, clock: float) -> TrustedTime:
    """Return the state after *elapsed_seconds* of running, when the clock reads *clock*."""
    if last is None:
        return TrustedTime(clock, 0.0)
    line = last.line + elapsed_seconds
    if abs(clock - line) <= TOLERANCE_SECONDS:
        return TrustedTime(clock, 0.0)
    if last.hold_seconds <= 0:
        return TrustedTime(line, HOLD_SECONDS)
    if last.hold_seconds <= elapsed_seconds:
        return TrustedTime(clock, 0.0)
    return TrustedTime(line, last.hold_seconds - elapsed_seconds)


def time_of(state: TrustedTime, clock: float) -> float:
    """Return the time to delete by, in epoch seconds."""
    return min(state.line, clock)
