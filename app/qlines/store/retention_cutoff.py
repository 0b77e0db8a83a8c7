"""Decide before which moment readings are expired; pure."""

US_PER_DAY = 86_400_000_000


def cutoff_us(now_us: int, newest_us: int, trusted_us: int | None, retention_days: int) -> int:
    """Return the moment before which readings are deleted, 1970 at the earliest.

    It counts from the earliest of the clock, the newest point and healthd's trusted time, if known:
    a clock that is wrong by a year must not delete a year. The newest point follows the clock
    within seconds where devices send no times.
    """
    known = now_us if trusted_us is None else min(now_us, trusted_us)
    return max(0, min(known, newest_us) - retention_days * US_PER_DAY)
