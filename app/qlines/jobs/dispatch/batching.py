"""When a message to a channel leaves, and with which others as one; pure.

The first about a rule and a tag leaves at once. What follows it is collected, so that a storm is
read in few messages, and nothing of it is lost:

1. What belongs to a message that is still being collected joins it.
2. When a channel has had MAX_A_MINUTE messages within a minute, the next ones become one digest,
   which leaves when the first of these is a minute old.
3. What follows another one of the same rule and tag within GROUP_SECONDS leaves that long after it,
   with all others that do. A severity that rises does not wait for that.

Each channel has its own count: the storm of one owner delays nobody else's messages.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

GROUP = timedelta(seconds=30)
MINUTE = timedelta(minutes=1)
MAX_A_MINUTE = 10
DIGEST = "digest"


class Slot(NamedTuple):
    """A message to a channel: its *batch* is its name, its *group* what it collects."""

    batch: str
    group: str
    leaves_at: datetime


def slot_for(
    name: str, group: str, taken: Iterable[Slot], now: datetime, *, is_rise: bool = False
) -> Slot:
    """Return the slot for something that happens now; *name* is that of a new one.

    *taken* are the slots of the channel that have left within the last minute, or are still to.
    """
    slots = {slot.batch: slot for slot in taken}.values()
    collecting = [slot for slot in slots if slot.leaves_at > now]
    of_group = [slot for slot in slots if slot.group == group]
    for slot in collecting:
        if slot.group == DIGEST or (slot.group == group and not is_rise):
            return slot
    within_minute = [slot.leaves_at for slot in slots if slot.leaves_at > now - MINUTE]
    if len(within_minute) >= MAX_A_MINUTE:
        return Slot(name, DIGEST, max(min(within_minute) + MINUTE, now))
    if of_group and not is_rise:
        last = max(slot.leaves_at for slot in of_group)
        return Slot(name, group, max(last + GROUP, now))
    return Slot(name, group, now)
