"""Cache look-ups in the registry file: a fraction of a microsecond per message."""

from typing import Protocol

from qlines.store.registry_file import Device

MAX_CACHED_NAMES = 100_000


class Registry(Protocol):
    """What ingest needs of the registry file; RegistryFile implements it."""

    def generation(self) -> int:
        """Return a number that increases with every change of the file."""
        ...

    def device(self, device_id: str) -> Device | None:
        """Return the device with this id, or None when it is not registered."""
        ...

    def device_by_name(self, owner: str, name: str) -> Device | None:
        """Return the owner's device of this name, or None when it is not registered."""
        ...


class KnownDevices:
    """Caches look-ups until the registry file changes; call refresh() before each batch."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._generation = -1
        self._by_id: dict[str, Device | None] = {}
        self._by_name: dict[tuple[str, str], Device | None] = {}

    def refresh(self) -> None:
        """Clear the cache when the file has changed."""
        generation = self._registry.generation()
        if generation != self._generation:
            self._by_id.clear()
            self._by_name.clear()
            self._generation = generation

    def find(self, device_id: str) -> Device | None:
        """Return the device with this id, or None when it is not registered, or no longer."""
        try:
            return self._by_id[device_id]
        except KeyError:
            device = self._by_id[device_id] = self._registry.device(device_id)
            return device

    def find_named(self, owner: str, name: str) -> Device | None:
        """Return the device that *owner* calls *name*, or None; never another owner's device."""
        if len(self._by_name) >= MAX_CACHED_NAMES:
            self._by_name.clear()
        try:
            return self._by_name[owner, name]
        except KeyError:
            device = self._by_name[owner, name] = self._registry.device_by_name(owner, name)
            return device
