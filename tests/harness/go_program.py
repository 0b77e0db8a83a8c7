"""Programs for tests that Debian may lack: built once with Go, into the folder build/."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.harness.docker import ROOT

BUILD_SECONDS = 600  # of Helm, on two cores that others use too


def go_program(module: str) -> Path | None:
    """Return a program: Debian's, or built from *module* (path@version); None without Go."""
    name = module.partition("@")[0].rpartition("/")[2]
    installed = shutil.which(name)
    if installed:
        return Path(installed)
    folder = ROOT / "build" / name
    if (folder / name).exists():
        return folder / name
    folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"CGO_ENABLED": "0", "GOBIN": str(folder)}
    try:
        subprocess.run(
            ["go", "install", module], env=environment, check=True, timeout=BUILD_SECONDS
        )
    except FileNotFoundError:
        return None
    return folder / name
