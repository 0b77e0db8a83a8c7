"""Limit how many keys each device may have, so that one that invents a key a message hurts nobody.

Every key is a row of `latest` that is never deleted, and a line in lists and charts. The keys of a
device are remembered from its messages. A restart forgets them, so before a device gets many new
ones, those that are stored already are looked up (``stored_keys``): most devices never need it, and
telemetry does not wait for a store that is away. What a restart can add beyond the limit is
LOOK_UP_AFTER, and what the device sends until it is its turn to be looked up.
"""

from collections.abc import Callable, Set
from typing import Protocol

LOOK_UP_AFTER = 50  # new keys of a device
# Of all devices together, some 40 MB; beyond that the devices are forgotten that
# got no new key for longest.
MAX_KEYS_IN_MEMORY = 500_000

StoredKeys = Callable[[str], Set[str] | None]  # by device id; None while it cannot be known


class Keys(Protocol):
    """The keys that one device has; decoding needs no more of it."""

    @property
    def known(self) -> Set[str]:
        """Keys that are valid, and that the device has."""
        ...

    def problem(self, key: str) -> str | None:
        """Return why the device cannot have this valid key; None when it now has it."""
        ...


class DeviceKeys:
    """The keys of one device; *known* may be compared with a message's keys at once."""

    __slots__ = ("_all", "_device", "_is_looked_up", "_look_up_after", "known")

    def __init__(self, device: str, all_keys: "KnownKeys", *, look_up_after: int) -> None:
        self.known: set[str] = set()
        self._look_up_after = look_up_after
        self._device = device
        self._all = all_keys
        self._is_looked_up = False

    def problem(self, key: str) -> str | None:
        """Return why the device cannot have this key, None when it has it now."""
        if key in self.known or self._is_stored(key):
            return None
        limit = self._all.limit
        if len(self.known) >= limit:
            self._all.refused += 1
            return (
                f"a device has at most {limit:,} keys, and this one has them all: put what "
                "changes, such as an id or a time, into a value and not into a key"
            )
        self._all.note_new(self._device, 1)
        self.known.add(key)
        return None

    def _is_stored(self, key: str) -> bool:
        """Look the stored keys up once there are many new ones; return whether *key* is stored."""
        if self._is_looked_up or len(self.known) < self._look_up_after:
            return False
        stored = self._all.stored(self._device)
        if stored is None:
            return False
        self._is_looked_up = True
        self._all.note_new(self._device, len(stored - self.known))
        self.known |= stored
        return key in self.known


class KnownKeys(dict[str, DeviceKeys]):
    """The keys of all devices by device id; *refused* counts keys that were over the limit.

    A dictionary that makes what is missing: a look-up in Python code would cost each message 4 %.
    """

    def __init__(self, limit: int, stored: StoredKeys) -> None:
        self.limit = limit
        self.stored = stored
        self.refused = 0
        self._count = 0
        self._forgotten: set[str] = set()  # devices that had many keys

    def __missing__(self, device: str) -> DeviceKeys:
        """Return the keys of a device that was not seen before."""
        # Who was forgotten has as many keys as before, so it is looked up first.
        after = 0 if device in self._forgotten else min(LOOK_UP_AFTER, self.limit // 2)
        keys = self[device] = DeviceKeys(device, self, look_up_after=after)
        return keys

    def note_new(self, device: str, count: int) -> None:
        """Count keys that the device is about to have; forget other devices beyond all room."""
        self._count += count
        if (current := self.pop(device, None)) is not None:
            self[device] = (
                current  # the last one to be forgotten, or its new keys are never subtracted
            )
        while self._count > MAX_KEYS_IN_MEMORY and len(self) > 1:
            oldest = next(iter(self))
            forgotten = self.pop(oldest).known
            self._count -= len(forgotten)
            if len(forgotten) >= min(LOOK_UP_AFTER, self.limit // 2):
                self._forgotten.add(oldest)
