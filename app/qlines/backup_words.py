"""Say moments, lengths and sizes of backups as people do; pure. Moments are in UTC."""

from datetime import UTC, datetime

UNITS_OF_TIME = ((86_400.0, "d"), (3600.0, "h"), (60.0, "min"))
UNITS_OF_SIZE = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "KB"))
DAYS_NAMED = {-1: "tomorrow", 0: "today", 1: "yesterday"}
WEEK_DAYS = 7  # a weekday names one day of the last six, or of the next


def moment(at: float, now: float) -> str:
    """Return when *at* is, such as "today 03:12"; both are epoch seconds."""
    time, today = datetime.fromtimestamp(at, UTC), datetime.fromtimestamp(now, UTC).date()
    days_ago = (today - time.date()).days
    day = DAYS_NAMED.get(days_ago)
    if day is None:
        day = f"{time:%A}" if abs(days_ago) < WEEK_DAYS else f"{time:%Y-%m-%d}"
    return f"{day} {time:%H:%M}"


def length(seconds: float) -> str:
    """Return a time such as "41 s" or "6 h", in the largest unit of which it has two at least."""
    for unit_seconds, unit in UNITS_OF_TIME:
        if seconds >= 2 * unit_seconds:
            return f"{seconds / unit_seconds:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def size(number: int) -> str:
    """Return a number of bytes such as "18 MB"."""
    for unit_bytes, unit in UNITS_OF_SIZE:
        if number >= unit_bytes:
            value = number / unit_bytes
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{number} bytes"
