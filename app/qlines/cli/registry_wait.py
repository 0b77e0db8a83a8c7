"""Wait until the broker knows of a device that was added or removed, before the command ends."""

from qlines.cli.context import Context
from qlines.store.registry_file import RegistryFile
from qlines.store.registry_wait import wait_for_registry

# The registry file takes some seconds to follow an import of 10,000 devices.
MAX_SECONDS = 30.0


def wait_for_device(context: Context, device_id: str, *, is_there: bool = True) -> None:
    """Return when the registry file has the device, or no longer has it, or after 30 s."""
    folder = context.settings.data_dir / "registry"
    opened: list[RegistryFile] = []

    def is_known() -> bool:
        if not opened:
            opened.append(RegistryFile(folder))
        return (opened[0].device(device_id) is not None) == is_there

    wait_for_registry(is_known, context.clock, MAX_SECONDS)
    for file in opened:
        file.close()
