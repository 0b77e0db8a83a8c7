"""When a message is sent again that was not accepted; pure but for the jitter."""

from collections.abc import Callable

# Standard Webhooks' schedule, for all channels: the attempts after the first, three days in all.
DELAYS_SECONDS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
# So that a receiver that comes back is not met by everything at the same moment.
JITTER = 0.1


def next_delay_seconds(
    failed_attempts: int, retry_after_seconds: float, random: Callable[[], float]
) -> float | None:
    """Return how long to wait after so many failed attempts, None when there is no further one.

    *random* returns 0 to 1. What the receiver asks for is the least.
    """
    if failed_attempts > len(DELAYS_SECONDS):
        return None
    delay = DELAYS_SECONDS[failed_attempts - 1] * (1 + JITTER * random())
    return max(delay, retry_after_seconds)
