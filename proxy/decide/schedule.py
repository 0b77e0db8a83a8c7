"""When to renew and to retry: twice a day at a random time, with back-off after failures; pure."""

from collections.abc import Callable

HALF_DAY_SECONDS = 12 * 3600
# An authority such as Let's Encrypt allows five failed validations per name and hour; attempts 0,
# 2, 8, 26 and 80 minutes after the first are four in any hour.
FIRST_WAIT_SECONDS, WAIT_FACTOR, MAX_WAIT_SECONDS = 120, 3, 12 * 3600
# Checking whether a name leads here costs nothing, and its owner waits for the result.
FIRST_CHECK_SECONDS, MAX_CHECK_SECONDS = 5, 30


def next_renewal(now: float, below: Callable[[int], int]) -> float:
    """Return a random second in the half day after this one, in seconds since 1970.

    *below* returns a random number below another. Authorities ask for random times, so that not
    every proxy renews at midnight.
    """
    next_half = (now // HALF_DAY_SECONDS + 1) * HALF_DAY_SECONDS
    return next_half + below(HALF_DAY_SECONDS)


def wait_after_refusals(failures: int) -> float:
    """Return how many seconds to wait after *failures* refusals in a row."""
    if failures == 0:
        return 0
    steps = min(failures - 1, 10)
    return float(min(FIRST_WAIT_SECONDS * WAIT_FACTOR**steps, MAX_WAIT_SECONDS))


def wait_after_checks(failures: int) -> float:
    """Return how many seconds to wait after *failures* checks in a row found a name elsewhere."""
    if failures == 0:
        return 0
    steps = min(failures - 1, 10)
    return float(min(FIRST_CHECK_SECONDS * 2**steps, MAX_CHECK_SECONDS))
