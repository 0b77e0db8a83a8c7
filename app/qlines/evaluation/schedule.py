"""When a rule may raise alarms: days of the week and hours, by the clock of a time zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

SECOND_US = 1_000_000


class Schedule(NamedTuple):
    """*days* are ISO weekdays, 1 is Monday; hours are minutes since midnight, *closes* up to 1440.

    When it closes before it opens it is open over midnight, and *days* are those it opens on.
    What counts is what a clock on the wall shows, on the days of a change of time too.
    """

    zone: ZoneInfo
    days: frozenset[int]
    opens: int
    closes: int

    def is_open(self, at_us: int) -> bool:
        """Return whether the moment is within."""
        local = datetime.fromtimestamp(at_us // SECOND_US, self.zone)
        minute, weekday = local.hour * 60 + local.minute, local.isoweekday()
        if self.opens < self.closes:
            return weekday in self.days and self.opens <= minute < self.closes
        day_before = (weekday - 2) % 7 + 1
        return (weekday in self.days and minute >= self.opens) or (
            day_before in self.days and minute < self.closes
        )

    def next_open(self, at_us: int) -> int:
        """Return the moment itself when it is within, otherwise when the schedule opens next."""
        if self.is_open(at_us):
            return at_us
        today = datetime.fromtimestamp(at_us // SECOND_US, self.zone).date()
        openings = (
            opening
            for days in range(-1, 9)
            for opening in self._openings(today + timedelta(days=days))
        )
        return min(opening for opening in openings if opening > at_us)

    def _openings(self, day: date) -> Iterator[int]:
        """Yield when it opens on *day*: never, once, or twice where an hour is repeated."""
        if day.isoweekday() not in self.days:
            return
        wall = datetime.combine(day, time(self.opens // 60, self.opens % 60), self.zone)
        first, second = (_us(wall.replace(fold=fold)) for fold in (0, 1))
        if second < first:  # the hour is left out on this day: fold 1 is before the change
            yield self._first_open(second, first)
            return
        yield first
        if second > first:
            yield second

    def _first_open(self, closed_us: int, open_us: int) -> int:
        while open_us - closed_us > SECOND_US:
            middle = (closed_us + open_us) // 2 // SECOND_US * SECOND_US
            if self.is_open(middle):
                open_us = middle
            else:
                closed_us = middle
        return open_us


def _us(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
