"""What has been evaluated and is not stored yet; pure.

Effects become documents of alarms and changes of them at once, because the id of an alarm belongs
to the state that raised it.
"""

from collections import Counter
from datetime import datetime
from typing import cast

from bson import ObjectId

from qlines.alarms.pairs import Pair
from qlines.clock import utc_datetime
from qlines.evaluation.effect import Effect
from qlines.evaluation.publish import Published
from qlines.store.alarm_changes import Change, End, Release, SeverityChange, Touch
from qlines.store.alarm_commit import Batch
from qlines.store.alarm_document import AlarmDocument, Cause, Severity, Subject, alarm_document
from qlines.store.alarm_positions import LogPosition
from qlines.store.alarm_states import StoredState

SILENCE = frozenset({"no data", "offline"})  # reasons that a gateway which is away explains


class Pending:
    """Collects until take() returns all of it as one batch; *fence* is that of our lease."""

    def __init__(self, fence: int) -> None:
        self._fence = fence
        self._dirty: dict[Pair, None] = {}
        self._removed: dict[str, StoredState] = {}
        self._raised: list[AlarmDocument] = []
        self._changes: list[Change] = []
        self._positions: dict[str, LogPosition] = {}
        self.counts: Counter[str] = Counter()

    @property
    def has_effects(self) -> bool:
        """Return whether there is something that people wait for."""
        return bool(self._raised or self._changes)

    @property
    def dirty_states(self) -> int:
        """Return how many states have changed."""
        return len(self._dirty) + len(self._removed)

    @property
    def has_states(self) -> bool:
        """Return whether a state has to be stored."""
        return bool(self._removed) or any(pair.has_to_be_stored for pair in self._dirty)

    def note(self, pair: Pair) -> None:
        """Note that the state of a pair has changed."""
        self._dirty[pair] = None

    def reached(self, position: LogPosition) -> None:
        """Note up to where a log is evaluated."""
        self._positions[position.id] = position

    def effect(
        self,
        pair: Pair,
        effect: Effect,
        now_us: int,
        *,
        before: Published | None,
        is_away: bool,
    ) -> None:
        """Note what a rule says about a device.

        *before* is what was active before it, *is_away*: the device's gateway has no connection.
        """
        self.counts[effect.type] += 1
        pair.has_said = True
        now = utc_datetime(now_us)
        if effect.type == "raised":
            pair.is_held = is_away and effect.reason in SILENCE
            alarm = self._alarm(pair, effect, now, is_held=pair.is_held)
            pair.alarm = alarm["_id"]
            self._raised.append(alarm)
        elif effect.type == "historic":
            ended = utc_datetime(effect.ts_us if effect.until_us is None else effect.until_us)
            self._raised.append(self._alarm(pair, effect, now, ended_at=ended))
        elif pair.alarm is not None:
            self._change(pair, pair.alarm, effect, now, before)

    def end(self, pair: Pair, now_us: int, reason: str) -> None:
        """Note that a pair is no more, and that its alarm ends for this *reason*."""
        now = utc_datetime(now_us)
        if pair.alarm is not None:
            self.end_alarm(pair.alarm, now, reason)
        self._dirty.pop(pair, None)
        if pair.kept is not None:
            self.forget(pair.removed())

    def end_alarm(self, alarm: ObjectId, now: datetime, reason: str) -> None:
        """Note the end of an alarm that no pair has."""
        self.counts["cleared"] += 1
        self._changes.append(End(alarm, now, now, reason, None))

    def forget(self, state: StoredState) -> None:
        """Note that a stored state is to be deleted."""
        self._removed[state.id] = state._replace(state=None)

    def release(self, pair: Pair, now_us: int) -> None:
        """Note that people hear of an alarm now: its gateway is back."""
        pair.is_held = False
        if pair.alarm is not None:
            self._changes.append(Release(pair.alarm, utc_datetime(now_us)))

    def take(self) -> Batch:
        """Return and forget all of it; the states count as stored."""
        states = dict(self._removed)
        touches = []
        for pair in self._dirty:
            if (stored := pair.to_store()) is not None:
                states[stored.id] = stored
            if pair.alarm is not None and pair.state.published is not None:
                touches.append(_touch(pair.alarm, pair.state.published))
        batch = Batch(
            list(states.values()),
            self._raised,
            self._changes,
            touches,
            list(self._positions.values()),
        )
        self._dirty, self._removed, self._positions = {}, {}, {}
        self._raised, self._changes = [], []
        return batch

    def _change(
        self,
        pair: Pair,
        alarm: ObjectId,
        effect: Effect,
        now: datetime,
        before: Published | None,
    ) -> None:
        if effect.type == "severity":
            self._changes.append(
                SeverityChange(alarm, cast("Severity", effect.severity), now, effect.reading_ts_us)
            )
            return
        ended = utc_datetime(effect.ts_us)
        reason = effect.reason or "reading"
        touch = None if before is None else _touch(alarm, before)
        self._changes.append(End(alarm, ended, now, reason, effect.reading_ts_us, touch))
        pair.alarm, pair.is_held = None, False

    def _alarm(
        self,
        pair: Pair,
        effect: Effect,
        now: datetime,
        *,
        is_held: bool = False,
        ended_at: datetime | None = None,
    ) -> AlarmDocument:
        watched, device = pair.watched, pair.device
        subject = Subject(
            ObjectId(device.owner),
            ObjectId(device.id),
            device.name,
            ObjectId(watched.id),
            watched.name,
            watched.rule.version,
        )
        cause = Cause(
            effect.key or None,
            effect.value,
            effect.limit,
            effect.clear,
            effect.reading_ts_us,
            effect.what,
        )
        return alarm_document(
            subject,
            cast("Severity", effect.severity),
            cause,
            started_at=utc_datetime(effect.ts_us),
            now=now,
            fence=self._fence,
            held_back=is_held,
            ended_at=ended_at,
        )


def _touch(alarm: ObjectId, published: Published) -> Touch:
    return Touch(alarm, published.readings, published.last_value, published.last_ts_us)
