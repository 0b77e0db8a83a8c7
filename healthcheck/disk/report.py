"""The view of the disk that the rest of healthd reads: plain data."""

from typing import NamedTuple

from healthcheck.disk.forecast import Forecast
from healthcheck.disk.state import State


class Report(NamedTuple):
    """What the guard does now, why, and what it has done; *at* is monotonic seconds."""

    at: float
    level: str
    sentence: str
    forecast: Forecast
    guard_percent: int
    kept: State
