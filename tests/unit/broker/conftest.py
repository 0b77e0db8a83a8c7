"""The plugin's decisions, compiled into a library that Python can call."""

import ctypes
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[3] / "appliance" / "broker"
STUBS = Path(__file__).parent / "stubs"
NAMES = (
    "backpressure", "calls", "closing", "control_events", "control_reports", "dead_peers",
    "downlink_order", "downlinks", "elsewhere", "filters", "frame", "meters", "moving", "options",
    "provisioning", "qos2_dedup", "rate_limit", "refusals", "requests", "segments", "sessions",
    "spool_quota",
)  # fmt: skip


def compiler() -> str:
    """Return the path of the C compiler; skip without one, which tests/harness forbids in CI."""
    path = shutil.which("cc")
    if path is None:
        pytest.skip("no C compiler on this machine: .ci/tools cc installs one")
    return path


def compiled(folder: Path) -> ctypes.CDLL:
    """Compile the plugin's parts that need no broker, and load them."""
    library = folder / "plugin.so"
    sources = [SOURCE / f"{name}.c" for name in NAMES] + sorted(STUBS.glob("*.c"))
    subprocess.run(
        [
            compiler(), "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-fPIC",
            "-shared", "-I", str(STUBS), "-I", str(SOURCE), "-o", str(library), *map(str, sources),
            "-l:libz.so.1",  # the library itself, since the name libz.so comes with zlib1g-dev
        ],
        check=True,
    )  # fmt: skip
    return ctypes.CDLL(str(library))


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """Return the library of the plugin's decisions."""
    return compiled(tmp_path_factory.mktemp("plugin"))


PUBLISH = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.POINTER(ctypes.c_char), ctypes.c_int)


@pytest.fixture
def published(plugin: ctypes.CDLL) -> Iterator[list[tuple[str, bytes]]]:
    """Return a list that gets client id and payload of each message that the plugin publishes."""
    messages: list[tuple[str, bytes]] = []
    callback = PUBLISH(
        lambda client, payload, size: messages.append((client.decode(), payload[:size]))
    )
    pointer = ctypes.c_void_p.in_dll(plugin, "on_publish")
    pointer.value = ctypes.cast(callback, ctypes.c_void_p).value
    yield messages
    pointer.value = None
