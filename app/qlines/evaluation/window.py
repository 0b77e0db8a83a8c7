"""The readings of the last ``lateness`` in order; one that comes out of order is sorted in."""

import statistics
from collections.abc import Mapping
from typing import Any

from qlines.evaluation.chain import Entry, entry_before, new_tuple
from qlines.evaluation.condition import Memory, after_event
from qlines.evaluation.fold import Fold
from qlines.evaluation.kept_value import SHORT, kept
from qlines.evaluation.levels import Since, advance, is_level_true, settle
from qlines.evaluation.limits import SECOND_US, Limits
from qlines.evaluation.rule import Rule

USUAL_INTERVALS = 8
EARLIER_ENTRIES = USUAL_INTERVALS + 1  # that the first reading of a window needs for them
MIN_GAP_US = 30 * SECOND_US  # shorter is the jitter of a network


def values_of(rule: Rule, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the values of the rule's keys in a reading, None where it has none."""
    found = tuple(map(values.get, rule.slots))
    for value in found:
        if type(value) not in SHORT:
            return tuple(map(kept, found))
    return found


def appended(
    rule: Rule, limits: Limits, newest: Entry, ts_us: int, received_us: int, values: tuple[Any, ...]
) -> Entry | None:
    """Return the chain with a newer reading, or None when no condition takes its values."""
    fold = newest.fold
    old = fold.memory or rule.fresh
    memory = _judged(rule, limits, old, values, ts_us)
    if memory is None:
        return None
    if memory is not old or not fold.is_settled:
        fold = _folded(rule, limits, newest, memory, ts_us)
    return new_tuple(Entry, (ts_us, received_us, values, fold, newest))


def _judged(
    rule: Rule, limits: Limits, old: tuple[Memory, ...], values: tuple[Any, ...], ts_us: int
) -> tuple[Memory, ...] | None:
    """Return what the conditions remember: *old* itself when unchanged, None when none judged."""
    is_judged, new = False, None
    of_conditions = limits.conditions
    for place, slot, judge in rule.judges:
        value = values[slot]
        if value is None:
            continue
        memory = judge(old[place], value, ts_us, of_conditions[place])
        if memory is None:
            continue
        is_judged = True
        if memory is not old[place]:
            new = new or list(old)
            new[place] = memory
    if new is not None:
        return tuple(new)
    return old if is_judged else None


def _folded(
    rule: Rule, limits: Limits, before: Entry, memory: tuple[Memory, ...], ts_us: int
) -> Fold:
    fold = advance(rule, limits, before.fold, ts_us)
    fold = settle(rule, limits, fold, memory, _since(rule, before, fold, memory, ts_us), ts_us)
    if not rule.has_events:
        return before.fold if fold == before.fold else fold  # readings share it, and so a pack
    after = tuple(map(after_event, rule.conditions, memory))
    if after == memory:
        return fold
    return settle(rule, limits, fold, after, _since(rule, before, fold, after, ts_us), ts_us)


def _since(rule: Rule, before: Entry, fold: Fold, memory: tuple[Memory, ...], ts_us: int) -> Since:
    """Return per level since when it is true; a gap restarts what is not on yet."""
    old = fold.since or (None,) * len(rule.levels)
    on = fold.on or (False,) * len(rule.levels)
    since = tuple(
        (ts_us if moment is None else moment) if is_level_true(level, memory) else None
        for level, moment in zip(rule.levels, old, strict=True)
    )
    if not _is_pending(since, on) or not _is_gap(rule, before, ts_us):
        return since
    return tuple(
        moment if moment is None or is_on else ts_us
        for moment, is_on in zip(since, on, strict=True)
    )


def _is_pending(since: Since, on: tuple[bool, ...]) -> bool:
    return any(moment is not None and not is_on for moment, is_on in zip(since, on, strict=True))


def _is_gap(rule: Rule, before: Entry, ts_us: int) -> bool:
    interval_us = ts_us - before.ts_us
    if rule.max_gap_us is not None:
        return 0 < rule.max_gap_us < interval_us
    return interval_us > MIN_GAP_US and interval_us > usual_gap_us(before)


def usual_gap_us(newest: Entry) -> float:
    """Return twice the median of the last 8 intervals, at least 30 s."""
    intervals: list[int] = []
    entry = newest
    while len(intervals) < USUAL_INTERVALS and (older := entry_before(entry)) and older.ts_us:
        intervals.append(entry.ts_us - older.ts_us)
        entry = older
    return max(MIN_GAP_US, 2 * statistics.median(intervals)) if intervals else MIN_GAP_US


def is_interval_kept(rule: Rule, interval_us: int) -> bool:
    """Return whether this interval may matter to a later gap, also after a restart."""
    return rule.learns_intervals and 2 * interval_us > MIN_GAP_US


def sorted_in(
    rule: Rule, limits: Limits, newest: Entry, ts_us: int, received_us: int, values: tuple[Any, ...]
) -> Entry | None:
    """Return the chain with a reading that is not the newest, or None when it changes nothing.

    1. Find the last reading before it. Older than all: it was settled, or is a repetition.
    2. One of the same time takes the values that it lacks: a device may send its keys apart.
    3. Fold the readings after it once more.
    """
    newer: list[Entry] = []
    entry: Entry | None = newest
    while entry is not None and entry.ts_us > ts_us:
        newer.append(entry)
        entry = entry_before(entry)
    if entry is not None and entry.ts_us == ts_us:
        values = _merged(entry.values, values)
        if values == entry.values:
            return None
        entry = entry_before(entry)
    if entry is None:
        return None
    chain = appended(rule, limits, entry, ts_us, received_us, values)
    for later in reversed(newer):
        if chain is None:
            return None
        chain = appended(rule, limits, chain, later.ts_us, later.received_us, later.values)
    return chain


def _merged(values: tuple[Any, ...], others: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        other if value is None else value for value, other in zip(values, others, strict=False)
    )
