"""The plugin's pure parts, compiled into a library that Python can call."""

import ctypes
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def compiled(folder: Path, *names: str) -> ctypes.CDLL:
    """Compile the C files of these names and load them."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler on this machine: .ci/tools cc installs one")
    library = folder / "pure.so"
    source = ROOT / "appliance" / "broker"
    subprocess.run(
        [
            compiler, "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-fPIC",
            "-shared",
            "-o", str(library), *[str(source / f"{name}.c") for name in names],
        ],
        check=True,
    )  # fmt: skip
    return ctypes.CDLL(str(library))


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """Return the library of everything that needs no header but the C library's."""
    return compiled(tmp_path_factory.mktemp("plugin"), "filters", "pressure", "refusals")
