"""The registry file as the web app uses it: opened when it is there, which may be after we are."""

from pathlib import Path

from qlines.store.registry_file import Device, RegistryFile


class RegistryDoor:
    """Tells which device a token is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: RegistryFile | None = None

    def device_by_token(self, token: str, now_us: int) -> Device | None:
        """Return the device, or None; raise StoreUnavailableError before the file's first build."""
        if self._file is None:
            self._file = RegistryFile(self._folder)
        return self._file.device_by_token(token, now_us)
