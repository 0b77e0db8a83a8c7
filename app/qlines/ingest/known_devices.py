"""Answer who a device is, from the registry file, at a fraction of a microsecond a message."""

from typing import Protocol

from qlines.store.registry_file import Device

REMEMBERED_NAMES = 100_000


class Registry(Protocol):
    """What is needed of the registry file; RegistryFile is the real one."""

    def generation(self) -> int:
        """Return a number that rises with every change of the file."""
        ...

    def device(self, device_id: str) -> Device | None:
        """Return the device with this id."""
        ...

    def device_by_name(self, owner: str, name: str) -> Device | None:
        """Return this owner's device of this name."""
        ...


class KnownDevices:
    """Look-ups remembered until the registry file changes; call refresh() before each batch."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._generation = -1
        self._by_id: dict[str, Device | None] = {}
        self._by_name: dict[tuple[str, str], Device | None] = {}

    def refresh(self) -> None:
        """Forget what was remembered when the file has changed."""
        generation = self._registry.generation()
        if generation != self._generation:
            self._by_id.clear()
            self._by_name.clear()
            self._generation = generation

    def find(self, device_id: str) -> Device | None:
        """Return the device with this id, or None when it is not registered (any more)."""
        try:
            return self._by_id[device_id]
        except KeyError:
            device = self._by_id[device_id] = self._registry.device(device_id)
            return device

    def find_named(self, owner: str, name: str) -> Device | None:
        """Return the device that *owner* calls *name*; another owner's is never found."""
        if len(self._by_name) >= REMEMBERED_NAMES:
            self._by_name.clear()
        try:
            return self._by_name[owner, name]
        except KeyError:
            device = self._by_name[owner, name] = self._registry.device_by_name(owner, name)
            return device
