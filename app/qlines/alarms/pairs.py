"""What is remembered of each rule and device that have met; pure."""

from collections.abc import Iterator
from typing import Any

from bson import ObjectId

from qlines.alarms.fleet import Device, WatchedRule
from qlines.evaluation.chain import entry_before
from qlines.evaluation.state import State
from qlines.evaluation.state_document import to_document
from qlines.evaluation.window import is_interval_kept
from qlines.store.alarm_states import StoredState, state_id

REMEMBERED = frozenset({"change", "rate"})  # kinds that compare a reading with the one before


class Pair:
    """A rule and a device: the state, and the active alarm that it has raised, if there is one.

    *is_held*: nobody has been sent a message about the alarm, because the device's gateway is away.
    *kept* is the state that MongoDB has, if it has one; *has_said*: there was an effect since then.
    """

    __slots__ = ("alarm", "device", "has_said", "is_held", "kept", "state", "watched")

    def __init__(self, watched: WatchedRule, device: Device, state: State) -> None:
        self.watched = watched
        self.device = device
        self.state = state
        self.alarm: ObjectId | None = None
        self.is_held = False
        self.has_said = False
        self.kept: State | None = None

    @property
    def id(self) -> str:
        """Return the id of its stored state."""
        return state_id(self.watched.id, self.device.id)

    @property
    def has_to_be_stored(self) -> bool:
        """Return whether a restart would lose something with what MongoDB has.

        A state that has led to an effect is stored once more when it is over: its last reading
        tells those that are read again, after a broker has lost the end of its log, from new ones.
        """
        if self.state is self.kept:
            return False
        return self.has_said or self.state.must_be_stored(self.kept) or self._is_compared_later

    @property
    def _is_compared_later(self) -> bool:
        """Return whether the rule compares the next reading with those that are not stored yet.

        The usual interval matters where it is longer than the least gap: such devices send seldom,
        so storing each of their readings costs little.
        """
        newest, rule = self.state.newest, self.watched.rule
        if not REMEMBERED.isdisjoint(condition.kind for condition in rule.conditions):
            return self.kept is None or self.kept.newest.fold.memory != newest.fold.memory
        if not rule.learns_intervals or (older := entry_before(newest)) is None or not older.ts_us:
            return False
        return is_interval_kept(rule, newest.ts_us - older.ts_us)

    def to_store(self) -> StoredState | None:
        """Return what has to be stored, and take it for stored; None for nothing."""
        if not self.has_to_be_stored:
            return None
        self.has_said, self.kept = False, self.state
        return self._as(to_document(self.state))

    def removed(self) -> StoredState:
        """Return what deletes the stored state, and take it for deleted."""
        self.kept = None
        return self._as(None)

    def _as(self, state: dict[str, Any] | None) -> StoredState:
        return StoredState(
            self.watched.id,
            self.device.id,
            self.device.owner,
            self.watched.rule.version,
            state,
            self.alarm,
        )


class Pairs:
    """All pairs, by device and rule."""

    def __init__(self) -> None:
        self.of_device: dict[str, dict[str, Pair]] = {}

    def __iter__(self) -> Iterator[Pair]:
        """Yield every pair."""
        return (pair for pairs in self.of_device.values() for pair in pairs.values())

    def __len__(self) -> int:
        """Return how many pairs there are."""
        return sum(map(len, self.of_device.values()))

    def find(self, device: str, rule: str) -> Pair | None:
        """Return a pair, None when they have not met."""
        found = self.of_device.get(device)
        return found.get(rule) if found else None

    def add(self, pair: Pair) -> None:
        """Add a pair."""
        self.of_device.setdefault(pair.device.id, {})[pair.watched.id] = pair

    def remove(self, pair: Pair) -> None:
        """Forget a pair."""
        pairs = self.of_device[pair.device.id]
        del pairs[pair.watched.id]
        if not pairs:
            del self.of_device[pair.device.id]
