"""Whether a condition is true, from its value and what it remembers; and its limits.

Each kind has a function ``judge(memory, value, ts_us, limits)``. It returns what the condition
remembers from now on, the same object when nothing changes, and None when the value is not for it:
NaN, or text where a number is compared. Such a value changes nothing.

=======  =====================================  ================================================
kind     memory                                 limits
=======  =====================================  ================================================
above    True or False                          limit, clear
below    True or False                          limit, clear
outside  True or False                          low, high, clear low, clear high
equals   True or False                          the value
change   (value, is true), at first ()          –
rate     (ts_us, value, rate, is true), or ()   limit, clear, per microseconds
no_data  when it was heard last, 0 for never    seconds
offline  (since,) in microseconds, or ()        seconds
=======  =====================================  ================================================
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from qlines.value_rules import is_same

Memory = Any
Judge = Callable[[Memory, Any, int, tuple[Any, ...]], Memory]
NUMBERS = frozenset({int, float})  # bool is a kind of its own


class Condition(NamedTuple):
    """One condition of a level; *slot* is the place of its key in the values of an entry.

    *limits* are numbers, or attributes with a default, in the order of the table above; a clear
    limit that was left out is None.
    """

    kind: str
    key: str
    slot: int
    judge: Judge
    limits: tuple[Any, ...]
    if_never: bool = False


def is_true(memory: Memory) -> bool:
    """Return whether a condition that remembers this is true."""
    return memory if type(memory) is bool else bool(memory) and memory[-1]


def _above(memory: Memory, value: Any, _: int, limits: tuple[Any, ...]) -> Memory:
    if type(value) not in NUMBERS or value != value:
        return None
    limit, clear = limits
    if value > limit:
        return True
    return False if value <= clear else memory


def _below(memory: Memory, value: Any, _: int, limits: tuple[Any, ...]) -> Memory:
    if type(value) not in NUMBERS or value != value:
        return None
    limit, clear = limits
    if value < limit:
        return True
    return False if value >= clear else memory


def _outside(memory: Memory, value: Any, _: int, limits: tuple[Any, ...]) -> Memory:
    if type(value) not in NUMBERS or value != value:
        return None
    low, high, clear_low, clear_high = limits
    if value < low or value > high:
        return True
    return False if clear_low <= value <= clear_high else memory


def _equals(_: Memory, value: Any, __: int, limits: tuple[Any, ...]) -> Memory:
    if value != value:
        return None
    return is_same(value, limits[0])


def _change(memory: Memory, value: Any, _: int, __: tuple[Any, ...]) -> Memory:
    if value != value:
        return None
    if not memory:
        return (value, False)
    last, was_true = memory
    if is_same(value, last):
        return (last, False) if was_true else memory
    return (value, True)


def _rate(memory: Memory, value: Any, ts_us: int, limits: tuple[Any, ...]) -> Memory:
    if type(value) not in NUMBERS or value != value:
        return None
    if not memory:
        return (ts_us, value, 0.0, False)
    last_us, last, _, was_true = memory
    limit, clear, per_us = limits
    rate = abs(value - last) * per_us / (ts_us - last_us)
    return (ts_us, value, rate, rate > limit or (was_true and rate > clear))


def _silence(memory: Memory, value: Any, _: int, __: tuple[Any, ...]) -> Memory:
    """Judge nothing: silence has no value, and silence.py decides it by the clock."""
    return None


JUDGES: Mapping[str, Judge] = {
    "above": _above,
    "below": _below,
    "outside": _outside,
    "equals": _equals,
    "change": _change,
    "rate": _rate,
    "no_data": _silence,
    "offline": _silence,
}
SILENCE = frozenset({"no_data", "offline"})
FRESH: Mapping[str, Memory] = {"change": (), "rate": (), "no_data": 0, "offline": ()}


def after_event(condition: Condition, memory: Memory) -> Memory:
    """Return what is remembered once the reading is over for which a change was true."""
    if condition.kind != "change" or not is_true(memory):
        return memory
    return (memory[0], False)
