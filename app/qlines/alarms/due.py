"""When something must be looked at although nothing arrives: a heap of moments; pure."""

import heapq
from typing import Generic, TypeVar

Thing = TypeVar("Thing")

SPARE = 1_000  # moments that hold no longer, beside as many as hold


class Due(Generic[Thing]):
    """Things by the moment at which they are due, in microseconds since 1970.

    A moment that moves back costs nothing: the thing is looked at at the old one, and asked again.
    So a device that sends every second does not fill the heap with the ends of its silence.
    """

    def __init__(self) -> None:
        self._at: dict[Thing, int] = {}
        self._heap: list[tuple[int, int, Thing]] = []
        self._count = 0  # orders what is due at the same moment, as things have no order

    def __len__(self) -> int:
        """Return how many things are due at some time."""
        return len(self._at)

    def __contains__(self, thing: Thing) -> bool:
        """Return whether a thing is due at some time."""
        return thing in self._at

    def add(self, thing: Thing, at_us: int) -> None:
        """Let a thing be due at this moment, or earlier if it is already."""
        known = self._at.get(thing)
        if known is not None and known <= at_us:
            return
        self._at[thing] = at_us
        self._count += 1
        heapq.heappush(self._heap, (at_us, self._count, thing))
        if len(self._heap) > 2 * len(self._at) + SPARE:  # some are days off
            self._heap = [one for one in self._heap if self._at.get(one[2]) == one[0]]
            heapq.heapify(self._heap)

    def take(self, now_us: int) -> list[Thing]:
        """Return the things that are due, and forget them; each has to be added again."""
        found = []
        while self._heap and self._heap[0][0] <= now_us:
            at_us, _, thing = heapq.heappop(self._heap)
            if self._at.get(thing) == at_us:  # else it was due earlier
                del self._at[thing]
                found.append(thing)
        return found

    def forget(self, thing: Thing) -> None:
        """Let a thing be due at no time."""
        self._at.pop(thing, None)
