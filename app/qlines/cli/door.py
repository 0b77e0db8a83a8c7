"""Answer a change of a device when the broker's door knows of it, so that it holds at once."""

from qlines.cli.context import Context
from qlines.store.registry_file import RegistryFile
from qlines.store.registry_wait import wait_for_registry

# An import of 10,000 devices takes the file some seconds.
LONGEST_SECONDS = 30.0


def wait_for_device(context: Context, device_id: str, *, is_there: bool = True) -> None:
    """Wait until the registry file has the device, or no longer has it."""
    folder = context.settings.data_dir / "registry"
    file: list[RegistryFile] = []

    def is_known() -> bool:
        if not file:
            file.append(RegistryFile(folder))
        return (file[0].device(device_id) is not None) == is_there

    wait_for_registry(is_known, context.clock, LONGEST_SECONDS)
    for one in file:
        one.close()
