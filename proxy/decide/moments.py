"""When to try: renewal twice a day at a random minute, longer waits after failures; pure."""

from collections.abc import Callable

HALF_DAY_SECONDS = 12 * 3600
# An authority such as Let's Encrypt allows five failed validations an hour for a name; 0, 2, 8, 26
# and 80 minutes after the first are four in any hour.
FIRST_WAIT_SECONDS, WAIT_FACTOR, LONGEST_WAIT_SECONDS = 120, 3, 12 * 3600
# Looking whether a name leads here costs nobody anything, and its owner waits for the result.
FIRST_LOOK_SECONDS, LONGEST_LOOK_SECONDS = 5, 30


def next_renewal(now: float, below: Callable[[int], int]) -> float:
    """Return a random second in the half day after this one; *below* picks a number below another.

    So everybody's proxies do not come at midnight: authorities ask for that.
    """
    next_half = (now // HALF_DAY_SECONDS + 1) * HALF_DAY_SECONDS
    return next_half + below(HALF_DAY_SECONDS)


def wait_after_refusals(failures: int) -> float:
    """Return how long to leave the authority alone after so many failures in a row."""
    if failures == 0:
        return 0
    steps = min(failures - 1, 10)
    return float(min(FIRST_WAIT_SECONDS * WAIT_FACTOR**steps, LONGEST_WAIT_SECONDS))


def wait_after_looks(failures: int) -> float:
    """Return how long to wait before looking again whether a name leads here."""
    if failures == 0:
        return 0
    steps = min(failures - 1, 10)
    return float(min(FIRST_LOOK_SECONDS * 2**steps, LONGEST_LOOK_SECONDS))
