"""The API's times are epoch milliseconds; inside they are microseconds or datetimes."""

from datetime import datetime

from qlines.clock import epoch_us


def ms_of(moment: datetime) -> int:
    """Return a datetime as milliseconds since 1970."""
    return ms_of_us(epoch_us(moment))


def ms_of_us(moment_us: int) -> int:
    """Return microseconds as milliseconds, rounded down: no time moves into the future."""
    return moment_us // 1000
