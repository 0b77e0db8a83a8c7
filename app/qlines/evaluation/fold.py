"""What the readings of a device amount to for one rule."""

from typing import NamedTuple

from qlines.evaluation.condition import Memory


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
