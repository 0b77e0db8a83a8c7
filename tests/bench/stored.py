"""Count in ClickHouse what the generator has numbered.

The table behind the view is asked: counting different numbers needs no merged rows, and the view's
merging would cost the machine that is measured.
"""

import time

from tests.harness.appliance import Appliance

# One query counts so many at most: a set of all numbers of a long run would fill the memory.
AT_ONCE = 1_000_000


def count(appliance: Appliance, first: int, end: int) -> int:
    """Return how many different numbers from *first* up to but not including *end* are stored."""
    total = 0
    for low in range(first, end, AT_ONCE):
        high = min(low + AT_ONCE, end)
        query = "SELECT uniqExact(number) FROM points WHERE key = 'seq'"
        total += int(appliance.numbers(f"{query} AND number >= {low} AND number < {high}")[0])
    return total


def seconds_until(appliance: Appliance, expected: int, first: int, end: int, most: float) -> float:
    """Return after how long *expected* numbers are stored; *most* seconds when they never are."""
    started = time.monotonic()
    while count(appliance, first, end) < expected:
        if time.monotonic() - started > most:
            return most
        time.sleep(0.5)
    return time.monotonic() - started
