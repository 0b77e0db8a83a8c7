"""The plugin's decisions, compiled into a library that Python can call."""

import ctypes
import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[3] / "appliance" / "broker"
STUBS = Path(__file__).parent / "stubs"
NAMES = (
    "backpressure", "closing", "dead_peers", "downlink_order", "elsewhere",
    "filters", "frame", "meters", "moving", "options", "qos2_dedup", "rate_limit", "refusals",
    "segments", "session_limits", "sessions", "spool_quota",
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
    sources = [SOURCE / f"{name}.c" for name in NAMES] + [STUBS / "broker.c"]
    subprocess.run(
        [
            compiler(), "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-fPIC",
            "-shared", "-I", str(STUBS), "-o", str(library), *map(str, sources),
            "-l:libz.so.1",  # the library itself, since the name libz.so comes with zlib1g-dev
        ],
        check=True,
    )  # fmt: skip
    return ctypes.CDLL(str(library))


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """Return the library of the plugin's decisions."""
    return compiled(tmp_path_factory.mktemp("plugin"))
