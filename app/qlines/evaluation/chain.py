"""The last readings of a device for one rule, newest first: immutable, and most of them packed.

A device that sends each second has 70 of them, and a rule for 10,000 such devices 700,000. Those
after which the same is known take 48 bytes each in a pack, and 184 as entries (CPython 3.11, with
numbers that all differ).
"""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from itertools import chain as joined
from typing import Any, NamedTuple

from qlines.evaluation.fold import FRESH, Fold

# A quarter of the time of a named tuple's own __new__, for what is made with each reading.
new_tuple = tuple.__new__


class Entry(NamedTuple):
    """One reading in a chain, newest first; *fold* is what is known after it.

    *values* are those of the rule's keys, in the order of Rule.slots, None where it had none. The
    oldest of a chain only carries its fold. What is before is got with entry_before().
    """

    ts_us: int
    received_us: int
    values: tuple[Any, ...]
    fold: Fold
    older: "Entry | Pack | None"


class Pack(NamedTuple):
    """Readings with the same fold, oldest first, and nothing before them.

    *values* has those of all, one reading after the other.
    """

    times_us: "array[int]"
    received_us: "array[int]"
    values: tuple[Any, ...]
    fold: Fold


def start(fold: Fold = FRESH, ts_us: int = 0) -> Entry:
    """Return a chain without readings; one at *ts_us* or before is too old for it."""
    return new_tuple(Entry, (ts_us, 0, (), fold, None))


def entry_before(entry: Entry) -> Entry | None:
    """Return the entry before this one."""
    older = entry.older
    return _unpacked(older) if type(older) is Pack else older  # type: ignore[return-value] # mypy reads no type()


def cut(newest: Entry, after_us: int, more: int, most: int) -> tuple[Entry, int]:
    """Return the chain without what is not needed, and how many entries of it are not packed.

    It keeps what is from *after_us* on, *more* readings before, and in all at most *most*.
    """
    fresh = [newest]
    while type(older := fresh[-1].older) is Entry and older.fold is newest.fold:
        fresh.append(older)
    if older is None or (type(older) is Pack and older.fold is newest.fold):
        return _packed(fresh, older, after_us, more, most), 0
    return _cut_entries(newest, after_us, more, most)


def _packed(
    fresh: Sequence[Entry], pack: Pack | None, after_us: int, more: int, most: int
) -> Entry:
    """Return the chain of entries and the pack before them, all with one fold."""
    newest, *others = fresh
    width = len(newest.values)
    none = (None,) * width
    times_us = array("q", [one.ts_us for one in reversed(others)])
    received_us = array("q", [one.received_us for one in reversed(others)])
    values = tuple(joined.from_iterable(one.values or none for one in reversed(others)))
    if pack is not None:
        times_us, received_us = pack.times_us + times_us, pack.received_us + received_us
        values = pack.values + values
    # The oldest of those that are left only carries the fold.
    oldest = max(0, bisect_left(times_us, after_us) - more - 1, len(times_us) - most)
    pack = Pack(times_us[oldest:], received_us[oldest:], values[oldest * width :], newest.fold)
    return Entry(newest.ts_us, newest.received_us, newest.values, newest.fold, pack)


def _cut_entries(newest: Entry, after_us: int, more: int, most: int) -> tuple[Entry, int]:
    kept: list[Entry] = []
    entry, left = newest, more
    while left and len(kept) < most and (older := entry_before(entry)) is not None:
        kept.append(entry)
        left -= entry.ts_us < after_us
        entry = older
    chain = Entry(entry.ts_us, entry.received_us, entry.values, entry.fold, None)
    for one in reversed(kept):
        chain = new_tuple(Entry, (one.ts_us, one.received_us, one.values, one.fold, chain))
    return chain, len(kept)


def _unpacked(pack: Pack) -> Entry | None:
    entry: Entry | None = None
    width = len(pack.values) // max(1, len(pack.times_us))
    for place, (ts_us, received_us) in enumerate(zip(pack.times_us, pack.received_us, strict=True)):
        values = pack.values[place * width : (place + 1) * width]
        entry = Entry(ts_us, received_us, values, pack.fold, entry)
    return entry


def entry_at(newest: Entry, at_us: int) -> Entry:
    """Return the latest reading that is not after *at_us*, or the oldest of the chain."""
    entry = newest
    while entry.ts_us > at_us and (older := entry_before(entry)) is not None:
        entry = older
    return entry


def last_value(newest: Entry, slot: int) -> Any:
    """Return the last value of a key in a chain, or None."""
    entry: Entry | None = newest
    while entry is not None:
        if entry.values and entry.values[slot] is not None:
            return entry.values[slot]
        entry = entry_before(entry)
    return None
