"""What a rule of limits must publish, found the slow way: from all readings, moment by moment.

It keeps every reading that came in time and, for each question, starts at the first one and goes
from one moment of the grid to the next. Nothing is kept from one question to the next but what was
published.
"""

import statistics
from itertools import pairwise
from typing import Any, NamedTuple

GRID = 5  # seconds: every time and duration is a multiple of it
USUAL = 8
MIN_GAP = 30


class Alarm(NamedTuple):
    """A level and since when; None for no alarm."""

    level: int
    since: int


class Reference:
    """The published effects of a rule: (type, severity, since), None for the time of a clear."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.fields = fields
        self.keys = {one["key"] for level in fields["levels"] for one in level["conditions"]}
        self.readings: dict[int, dict[str, float]] = {}
        self.ticked = 0
        self.published: Alarm | None = None
        self.effects: list[tuple[str, str, int | None]] = []

    def observes(self, ts: int, received: int, values: dict[str, float]) -> None:
        values = {key: value for key, value in values.items() if key in self.keys}
        if not values or abs(received - ts) > self.fields["lateness_seconds"]:
            return
        newest = max(self.readings, default=0)
        if self.readings and ts > newest:
            self._publish(max(ts, self.ticked))
        self.readings[ts] = values | self.readings.get(ts, {})
        self._publish(max(ts, newest, self.ticked))

    def ticks(self, now: int) -> None:
        newest = max(self.readings, default=0)
        horizon = max(now, self.ticked, newest)
        if self.readings and Simulation(self, horizon).known() != Simulation(self, newest).known():
            self.ticked = max(now, self.ticked)
            self._publish(horizon)

    def _publish(self, horizon: int) -> None:
        alarm, before = Simulation(self, horizon).alarm, self.published
        severities = [level["severity"] for level in self.fields["levels"]]
        if alarm and not before:
            self.effects.append(("raised", severities[alarm.level], alarm.since))
        if before and not alarm:
            self.effects.append(("cleared", severities[before.level], None))
        if before and alarm and before.level != alarm.level:
            self.effects.append(("severity", severities[alarm.level], alarm.since))
        self.published = alarm


class Simulation:
    """Everything from the first reading to the horizon."""

    def __init__(self, reference: Reference, horizon: int) -> None:
        self.fields = reference.fields
        self.levels = self.fields["levels"]
        self.truths = [[False] * len(level["conditions"]) for level in self.levels]
        self.since: list[int | None] = [None] * len(self.levels)
        self.on = [False] * len(self.levels)
        self.alarm: Alarm | None = None
        self.clearing: int | None = None
        times: list[int] = []
        readings = reference.readings
        for moment in range(min(readings), horizon + 1, GRID):
            self.passes(moment)
            if moment in readings:
                self.reads(moment, readings[moment], times)
                times.append(moment)

    def known(self) -> Any:
        return self.since, self.on, self.alarm, self.clearing

    def passes(self, moment: int) -> None:
        if self.fields["max_gap_seconds"] == 0:
            self.completes(moment)
        self.decides(moment)

    def reads(self, moment: int, values: dict[str, float], times: list[int]) -> None:
        for level, truths in zip(self.levels, self.truths, strict=True):
            for place, condition in enumerate(level["conditions"]):
                value = values.get(condition["key"])
                if value is None:
                    continue
                if value > condition["limit"]:
                    truths[place] = True
                elif value <= condition["clear"]:
                    truths[place] = False
        is_gap = self.is_gap(moment, times)
        for place, level in enumerate(self.levels):
            is_true = (all if level["match"] == "all" else any)(self.truths[place])
            if not is_true:
                self.since[place], self.on[place] = None, False
                continue
            if self.since[place] is None or (is_gap and not self.on[place]):
                self.since[place] = moment
        self.completes(moment)
        if self.alarm and self.fields["keep_for_seconds"] and not any(self.on):
            for place, since in enumerate(self.since):
                self.on[place] = since is not None and place >= self.alarm.level
        self.decides(moment)

    def completes(self, moment: int) -> None:
        for place, level in enumerate(self.levels):
            since = self.since[place]
            if since is not None and since + level["for_seconds"] <= moment:
                self.on[place] = True

    def decides(self, moment: int) -> None:
        if any(self.on):
            self.clearing = None
            highest = self.on.index(True)
            if self.alarm is None or highest < self.alarm.level:
                since = self.since[highest]
                assert since is not None
                self.alarm = Alarm(highest, since)
            elif highest > self.alarm.level and not self.fields["sticky"]:
                self.alarm = Alarm(highest, moment)
        elif self.alarm is not None:
            if self.clearing is None:
                self.clearing = moment
            if moment - self.clearing >= self.fields["keep_for_seconds"]:
                self.alarm = self.clearing = None

    def is_gap(self, moment: int, times: list[int]) -> bool:
        if not times or self.fields["max_gap_seconds"] == 0:
            return False
        if self.fields["max_gap_seconds"] is not None:
            return moment - times[-1] > self.fields["max_gap_seconds"]
        intervals = [after - before for before, after in pairwise(times)]
        usual = 2 * statistics.median(intervals[-USUAL:]) if intervals else 0
        return moment - times[-1] > max(MIN_GAP, usual)
