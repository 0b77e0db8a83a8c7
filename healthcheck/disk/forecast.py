"""Forecast when the disk reaches the guard's line, by how it grew in the last week; pure."""

from collections.abc import Sequence
from typing import NamedTuple

SAMPLE_EVERY_SECONDS = 3600.0
KEEP_SECONDS = 7 * 86_400.0
# Merges and Kafka's segments come and go within hours: a shorter span would show only those.
MIN_SPAN_SECONDS = 6 * 3600.0
SECONDS_PER_DAY = 86_400.0
SHORT_DAYS = 7.0


class Sample(NamedTuple):
    """How much of the disk was used at one moment; *at* is epoch seconds."""

    at: float
    used_bytes: int


class Forecast(NamedTuple):
    """*days* until the guard's line; None while the disk does not grow, or too little is known."""

    days: float | None
    growth_bytes_per_day: float | None


def remember(samples: Sequence[Sample], now: Sample) -> list[Sample]:
    """Return the samples of the last week, with *now* when the last one is an hour old.

    Samples that are later than *now* were taken while the clock was wrong.
    """
    kept = [sample for sample in samples if now.at - KEEP_SECONDS <= sample.at <= now.at]
    if not kept or now.at - kept[-1].at >= SAMPLE_EVERY_SECONDS:
        kept.append(now)
    return kept


def forecast(samples: Sequence[Sample], now: Sample, room_bytes: int) -> Forecast:
    """Return when *room_bytes* more are used, if the use grows as in the samples."""
    growth = growth_per_day([*samples, now])
    if growth is None or growth <= 0:
        return Forecast(None, growth)
    return Forecast(max(0, room_bytes) / growth, growth)


def growth_per_day(samples: Sequence[Sample]) -> float | None:
    """Return the growth in bytes from the first third of the samples to the last one.

    The median of each third, because a merge may double a part for a minute. None when the samples
    span less than six hours.
    """
    if not samples or samples[-1].at - samples[0].at < MIN_SPAN_SECONDS:
        return None
    size = max(1, len(samples) // 3)
    first, last = _middle(samples[:size]), _middle(samples[-size:])
    return (last.used_bytes - first.used_bytes) / (last.at - first.at) * SECONDS_PER_DAY


def sentence(forecast_: Forecast, guard_percent: int) -> str | None:
    """Return a problem when the guard's line is near, else None."""
    days, growth = forecast_
    if days is None or growth is None or days > SHORT_DAYS:
        return None
    return (
        f"the disk is {guard_percent} % full in {days:.1f} days, it grows by {growth / 1e6:.0f} MB"
        " a day: then the oldest readings are deleted; add space or shorten QLINES_RETENTION_DAYS"
    )


def _middle(samples: Sequence[Sample]) -> Sample:
    middle = len(samples) // 2
    return Sample(
        sorted(sample.at for sample in samples)[middle],
        sorted(sample.used_bytes for sample in samples)[middle],
    )
