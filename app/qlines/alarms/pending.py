"""What has been evaluated and is not stored yet; pure.

Effects become documents of alarms and changes of them at once, because the id of an alarm belongs
to the state that raised it.

A storm is stored in several batches, since a transaction has only seconds. What belongs to a rule
and a device is in one of them; the positions are in the last. So where only some were stored, the
rest is evaluated again, and the readings that those states know change nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple, cast

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
MAX_WRITES = 1_000  # of one batch: states, new alarms and changes; one pair may exceed it alone
FULL = 2_000  # effects that are to be stored before more is evaluated


class _Said(NamedTuple):
    """The new alarms of a rule and a device, and the changes of alarms, each in order."""

    raised: list[AlarmDocument]
    changes: list[Change]


class Pending:
    """Collects until take() returns all of it; *fence* is that of our lease."""

    def __init__(self, fence: int) -> None:
        self._fence = fence
        self._dirty: dict[Pair, None] = {}
        self._removed: dict[str, StoredState] = {}
        self._said: defaultdict[str, _Said] = defaultdict(lambda: _Said([], []))
        self._effects = 0
        self._positions: dict[str, LogPosition] = {}
        self.counts: Counter[str] = Counter()

    @property
    def has_effects(self) -> bool:
        """Return whether there is something that people wait for."""
        return bool(self._effects)

    @property
    def is_full(self) -> bool:
        """Return whether this is to be stored before more is evaluated: it is in memory."""
        return self._effects >= FULL

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
            self._raise(pair, alarm)
        elif effect.type == "historic":
            ended = utc_datetime(effect.ts_us if effect.until_us is None else effect.until_us)
            self._raise(pair, self._alarm(pair, effect, now, ended_at=ended))
        elif pair.alarm is not None:
            self._follow(pair, pair.alarm, effect, now, before)

    def end(self, pair: Pair, now_us: int, reason: str) -> None:
        """Note that a pair is no more, and that its alarm ends for this *reason*."""
        now = utc_datetime(now_us)
        if pair.alarm is not None:
            self.end_alarm(pair.id, pair.alarm, now, reason)
        self._dirty.pop(pair, None)
        if pair.kept is not None:
            self.forget(pair.removed())

    def end_alarm(self, of: str, alarm: ObjectId, now: datetime, reason: str) -> None:
        """Note the end of an alarm that no pair has; *of* is the id of a pair."""
        self.counts["cleared"] += 1
        self._change(of, End(alarm, now, now, reason, None))

    def forget(self, state: StoredState) -> None:
        """Note that a stored state is to be deleted."""
        self._removed[state.id] = state._replace(state=None)

    def release(self, pair: Pair, now_us: int) -> None:
        """Note that people hear of an alarm now: its gateway is back."""
        pair.is_held = False
        if pair.alarm is not None:
            self._change(pair.id, Release(pair.alarm, utc_datetime(now_us)))

    def take(self) -> list[Batch]:
        """Return and forget all of it, to be stored in order; the states count as stored."""
        states = dict(self._removed)
        touches = {}
        for pair in self._dirty:
            if (stored := pair.to_store()) is not None:
                states[stored.id] = stored
            if pair.alarm is not None and pair.state.published is not None:
                touches[pair.id] = _touch(pair.alarm, pair.state.published)
        pairs = dict.fromkeys((*self._said, *states, *touches))
        batches = [
            _batch(part, states, self._said, touches) for part in _parts(pairs, self._said)
        ] or [Batch()]
        batches[-1] = batches[-1]._replace(positions=list(self._positions.values()))
        self._dirty, self._removed, self._positions = {}, {}, {}
        self._said.clear()
        self._effects = 0
        return batches

    def _raise(self, pair: Pair, alarm: AlarmDocument) -> None:
        self._said[pair.id].raised.append(alarm)
        self._effects += 1

    def _change(self, of: str, change: Change) -> None:
        self._said[of].changes.append(change)
        self._effects += 1

    def _follow(
        self,
        pair: Pair,
        alarm: ObjectId,
        effect: Effect,
        now: datetime,
        before: Published | None,
    ) -> None:
        if effect.type == "severity":
            severity = cast("Severity", effect.severity)
            self._change(
                pair.id,
                SeverityChange(alarm, severity, now, effect.reading_ts_us, _cause(effect)),
            )
            return
        ended = utc_datetime(effect.ts_us)
        reason = effect.reason or "reading"
        touch = None if before is None else _touch(alarm, before)
        self._change(pair.id, End(alarm, ended, now, reason, effect.reading_ts_us, touch))
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
        return alarm_document(
            subject,
            cast("Severity", effect.severity),
            _cause(effect),
            started_at=utc_datetime(effect.ts_us),
            now=now,
            fence=self._fence,
            held_back=is_held,
            ended_at=ended_at,
        )


def _cause(effect: Effect) -> Cause:
    return Cause(
        effect.key or None,
        effect.value,
        effect.limit,
        effect.clear,
        effect.reading_ts_us,
        effect.what,
    )


def _touch(alarm: ObjectId, published: Published) -> Touch:
    return Touch(alarm, published.readings, published.last_value, published.last_ts_us)


def _parts(pairs: Iterable[str], said: Mapping[str, _Said]) -> Iterator[list[str]]:
    """Yield the ids of pairs, as few at a time as MAX_WRITES asks for."""
    part: list[str] = []
    writes = 0
    for pair in pairs:
        raised, changes = said.get(pair) or _Said([], [])
        weight = 1 + len(raised) + len(changes)
        if part and writes + weight > MAX_WRITES:
            yield part
            part, writes = [], 0
        part.append(pair)
        writes += weight
    if part:
        yield part


def _batch(
    pairs: list[str],
    states: Mapping[str, StoredState],
    said: Mapping[str, _Said],
    touches: Mapping[str, Touch],
) -> Batch:
    heard = [said[pair] for pair in pairs if pair in said]
    return Batch(
        [states[pair] for pair in pairs if pair in states],
        [alarm for one in heard for alarm in one.raised],
        [change for one in heard for change in one.changes],
        [touches[pair] for pair in pairs if pair in touches],
    )
