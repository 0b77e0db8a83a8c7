"""What the readings of a device amount to for one rule, and the chain of its last readings."""

from typing import Any, NamedTuple

from qlines.evaluation.condition import Memory

# A quarter of the time of a named tuple's own __new__, for what is made with each reading.
new_tuple = tuple.__new__


class Active(NamedTuple):
    """What is active: the level, since when it is true, and when it became active (event time)."""

    level: int
    since_us: int
    at_us: int


class Ended(NamedTuple):
    """What was active last ended at *at_us*: with a reading, or when ``keep_for`` was over."""

    at_us: int
    was_kept: bool


class Fold(NamedTuple):
    """What a rule knows after some readings, in the order of their own time.

    *memory* is what each condition remembers, *since* per level since when it is true or None, *on*
    per level whether it was true for long enough; all three are () before the first reading.
    *clearing_us*: nothing is true since then, and ``keep_for`` is not over. *is_blocked*: nothing
    becomes active before everything was false once. *is_settled*: neither time nor one more reading
    that changes no memory changes anything.
    """

    memory: tuple[Memory, ...] = ()
    since: tuple[int | None, ...] = ()
    on: tuple[bool, ...] = ()
    active: Active | None = None
    clearing_us: int | None = None
    ended: Ended | None = None
    is_blocked: bool = False
    is_settled: bool = True


FRESH = Fold()
BLOCKED = Fold(is_blocked=True, is_settled=False)


class Entry(NamedTuple):
    """One reading in a chain, newest first; *fold* is what is known after it.

    *values* are those of the rule's keys, in the order of Rule.slots, None where it had none. The
    oldest of a chain only carries its fold.
    """

    ts_us: int
    received_us: int
    values: tuple[Any, ...]
    fold: Fold
    older: "Entry | None"


def start(fold: Fold = FRESH, ts_us: int = 0) -> Entry:
    """Return a chain without readings; one at *ts_us* or before is too old for it."""
    return Entry(ts_us, 0, (), fold, None)


def cut(newest: Entry, after_us: int, more: int, most: int) -> tuple[Entry, int]:
    """Return the chain without what is not needed, and how many readings it has.

    It keeps what is from *after_us* on, *more* readings before, and in all at most *most*.
    """
    kept: list[Entry] = []
    entry, left = newest, more
    while entry.older is not None and left and len(kept) < most:
        kept.append(entry)
        left -= entry.ts_us < after_us
        entry = entry.older
    chain = Entry(entry.ts_us, entry.received_us, entry.values, entry.fold, None)
    for one in reversed(kept):
        chain = new_tuple(Entry, (one.ts_us, one.received_us, one.values, one.fold, chain))
    return chain, len(kept)


def entry_at(newest: Entry, at_us: int) -> Entry:
    """Return the latest reading that is not after *at_us*, or the oldest of the chain."""
    entry = newest
    while entry.ts_us > at_us and entry.older is not None:
        entry = entry.older
    return entry


def last_value(newest: Entry, slot: int) -> Any:
    """Return the last value of a key in a chain, or None."""
    entry: Entry | None = newest
    while entry is not None:
        if entry.values and entry.values[slot] is not None:
            return entry.values[slot]
        entry = entry.older
    return None
