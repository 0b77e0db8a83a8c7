"""Count the numbered messages of the load generator in ClickHouse.

The queries read the table behind the view: counting distinct numbers needs no merged rows, and the
merging of the view would load the machine that is measured.
"""

import time

from tests.harness.appliance import Appliance

# Numbers that one query counts: a set of all numbers of a long run would fill the memory.
NUMBERS_PER_QUERY = 1_000_000


def count(appliance: Appliance, first: int, end: int) -> int:
    """Return how many distinct numbers in [first, end) are stored."""
    total = 0
    for low in range(first, end, NUMBERS_PER_QUERY):
        high = min(low + NUMBERS_PER_QUERY, end)
        query = "SELECT uniqExact(number) FROM points WHERE key = 'seq'"
        total += int(appliance.numbers(f"{query} AND number >= {low} AND number < {high}")[0])
    return total


def seconds_until(
    appliance: Appliance, expected: int, first: int, end: int, max_seconds: float
) -> float:
    """Return the seconds until *expected* numbers are stored, at most *max_seconds*."""
    started = time.monotonic()
    while count(appliance, first, end) < expected:
        if time.monotonic() - started > max_seconds:
            return max_seconds
        time.sleep(0.5)
    return time.monotonic() - started
