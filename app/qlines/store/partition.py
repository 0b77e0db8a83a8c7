"""Which times a partition of `points` holds, by its name; pure, so that healthd may use it too.

A partition is a week, named after its Monday, as 20260202, and before 2026 a month, as 202501. A
point belongs to the partition in which its block begins, so the last block of a partition may
reach into the next.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from qlines.store.point_time import BLOCK_US

DAY_US = 86_400_000_000
DIGITS_OF_A_MONTH = 6
DAYS_OF_A_WEEK = 7
EPOCH = date(1970, 1, 1)


def start_us(name: str) -> int:
    """Return when the week or month begins."""
    return _first_day(name) * DAY_US


def end_us(name: str) -> int:
    """Return the time before which all points of the partition are."""
    return _following_day(name) * DAY_US + BLOCK_US


def expired(names: Iterable[str], before_us: int) -> list[str]:
    """Return the partitions whose points are all before *before_us*, the oldest first."""
    return sorted((name for name in names if end_us(name) <= before_us), key=start_us)


def blocks_of(name: str) -> tuple[int, int]:
    """Return the first and the last block that begin in the partition."""
    return _first_block(_first_day(name)), _first_block(_following_day(name)) - 1


def blocks_of_day(day: int) -> tuple[int, int]:
    """Return the first and the last block that begin on a day, counted since 1970."""
    return _first_block(day), _first_block(day + 1) - 1


def _first_block(day: int) -> int:
    return -(-day * DAY_US // BLOCK_US)


def _first_day(name: str) -> int:
    return (_date_of(name) - EPOCH).days


def _following_day(name: str) -> int:
    if len(name) == DIGITS_OF_A_MONTH:
        return ((_date_of(name) + timedelta(days=31)).replace(day=1) - EPOCH).days
    return _first_day(name) + DAYS_OF_A_WEEK


def _date_of(name: str) -> date:
    return date(int(name[:4]), int(name[4:6]), int(name[DIGITS_OF_A_MONTH:] or 1))
