"""The registry file as the web app uses it: opened with the first look-up.

At first boot the file is built after the web app has started.
"""

from pathlib import Path

from qlines.errors import StoreUnavailableError
from qlines.store.registry_file import Device, RegistryFile


class RegistryHandle:
    """Looks up devices; that raises StoreUnavailableError until the file is first built."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: RegistryFile | None = None

    def device_by_token(self, token: str, now_us: int) -> Device | None:
        """Return the device that *token* authenticates now, or None."""
        return self._opened().device_by_token(token, now_us)

    def device(self, device_id: str) -> Device | None:
        """Return the device with this id, or None."""
        return self._opened().device(device_id)

    def generation(self) -> int:
        """Return a number that rises with every change, 0 until the file is first built."""
        try:
            return self._opened().generation()
        except StoreUnavailableError:
            return 0

    def _opened(self) -> RegistryFile:
        if self._file is None:
            self._file = RegistryFile(self._folder)
        return self._file
