"""Decide what time it is for deletions, so that a clock that jumped deletes nothing recent; pure.

The time is a line that advances with the running time of this machine. While the clock stays near
the line, the clock is the time. When it jumps, ahead or back, the earlier of clock and line counts;
after a day of running with the new time, the line moves there. Another jump before that begins the
day again. A container that was stopped for a month looks the same as a clock that jumped by a
month: for its first day the last day before the stop counts as recent too, and then no longer.
"""

from typing import NamedTuple

TOLERANCE_SECONDS = 600.0  # a stop for an upgrade, and any correction by NTP that is worth no alarm
HOLD_SECONDS = 86_400.0


class TrustedTime(NamedTuple):
    """*line* is epoch seconds; *hold_seconds* of running until a clock that jumped is believed.

    *offset* is by how many seconds the clock was ahead of the line when the hold began.
    """

    line: float
    hold_seconds: float
    offset: float = 0.0


def advance(last: TrustedTime | None, elapsed_seconds: float, clock: float) -> TrustedTime:
    """Return the state after *elapsed_seconds* of running, when the clock reads *clock*."""
    if last is None:
        return TrustedTime(clock, 0.0)
    line = last.line + elapsed_seconds
    offset = clock - line
    if abs(offset) <= TOLERANCE_SECONDS:
        return TrustedTime(clock, 0.0)
    if last.hold_seconds <= 0 or abs(offset - last.offset) > TOLERANCE_SECONDS:
        return TrustedTime(line, HOLD_SECONDS, offset)
    if last.hold_seconds <= elapsed_seconds:
        return TrustedTime(clock, 0.0)
    return last._replace(line=line, hold_seconds=last.hold_seconds - elapsed_seconds)


def time_of(state: TrustedTime, clock: float) -> float:
    """Return the time to delete by, in epoch seconds."""
    return min(state.line, clock)
