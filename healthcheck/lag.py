"""Forecast when a consumer that lags will have caught up; pure."""

from collections.abc import Mapping
from typing import NamedTuple

WINDOW_SECONDS = 60.0
# Over less than this the trend is noise: a consumer's lag rises and falls with each batch.
MIN_SPAN_SECONDS = 10.0
MAX_LAG_MS = 60_000


class Sample(NamedTuple):
    """The lag at a moment of the monotonic clock."""

    now: float
    lag_ms: int


Samples = Mapping[str, tuple[Sample, ...]]


def note(samples: Samples, lag_ms: Mapping[str, int], now: float) -> Samples:
    """Return the samples of the last minute, by consumer, with the new ones."""
    return {
        name: (
            *(old for old in samples.get(name, ()) if now - old.now <= WINDOW_SECONDS),
            Sample(now, value),
        )
        for name, value in lag_ms.items()
    }


def change(samples: tuple[Sample, ...]) -> float | None:
    """Return by how many seconds the lag has grown per second, or None for too few samples."""
    if not samples or samples[-1].now - samples[0].now < MIN_SPAN_SECONDS:
        return None
    span = samples[-1].now - samples[0].now
    return (samples[-1].lag_ms - samples[0].lag_ms) / 1000 / span


def caught_up_in_seconds(samples: tuple[Sample, ...]) -> float | None:
    """Return when the lag will be gone at the present rate, or None while it does not shrink."""
    rate = change(samples)
    if rate is None or rate >= 0:
        return None
    return samples[-1].lag_ms / 1000 / -rate


def problems(samples: Samples) -> list[str]:
    """Return a sentence for each consumer that lags far behind, with its forecast."""
    return [
        f"{name} lags {known[-1].lag_ms / 1000:.0f} s behind{forecast(known)}"
        for name, known in samples.items()
        if known[-1].lag_ms > MAX_LAG_MS
    ]


def forecast(samples: tuple[Sample, ...]) -> str:
    """Return the rest of the sentence; "" while there is no trend yet."""
    rate, seconds = change(samples), caught_up_in_seconds(samples)
    if rate is None:
        return ""
    if seconds is None:
        return f" and falls behind by another {rate * 60:.0f} s each minute; nothing is lost"
    return f" and will have caught up in about {max(1, round(seconds / 60))} min; nothing is lost"
