"""Times of the outside are epoch milliseconds; inside they are microseconds or datetimes."""

from datetime import UTC, datetime


def ms_of(moment: datetime) -> int:
    """Return a datetime of MongoDB, which is UTC whether it says so or not, as milliseconds."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)


def us_of(moment: datetime) -> int:
    """Return a datetime of MongoDB as microseconds."""
    return ms_of(moment) * 1000


def ms_of_us(moment_us: int) -> int:
    """Return microseconds as milliseconds, cut and not rounded: nothing moves into the future."""
    return moment_us // 1000
