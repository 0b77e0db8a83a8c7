"""The registry file as the web app uses it: opened when it is there, which may be after we are."""

from pathlib import Path

from qlines.store.registry_file import Device, RegistryFile


class RegistryDoor:
    """Tells which device a token is, and which devices there are."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: RegistryFile | None = None

    def device_by_token(self, token: str, now_us: int) -> Device | None:
        """Return the device, or None; raise StoreUnavailableError before the file's first build."""
        return self._opened().device_by_token(token, now_us)

    def device(self, device_id: str) -> Device | None:
        """Return the device with this id, or None; raises as device_by_token does."""
        return self._opened().device(device_id)

    def _opened(self) -> RegistryFile:
        if self._file is None:
            self._file = RegistryFile(self._folder)
        return self._file
