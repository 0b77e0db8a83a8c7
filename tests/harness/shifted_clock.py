"""A container whose wall clock is off: a library that is preloaded into each of its programs."""

import struct
import time
from pathlib import Path

from tests.harness.docker import ROOT, run

SOURCE = ROOT / "tests" / "harness" / "shifted_clock.c"


class ShiftedClock:
    """Off by as many seconds as set() says, 0 at first; *options* are those of `docker run`."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o755)
        self.offset_seconds = 0
        self._file = folder / "offset"
        self._file.write_bytes(struct.pack("=q", 0))
        library = folder / "shifted_clock.so"
        run("cc", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", str(library), str(SOURCE))
        self.options = (
            "--volume", f"{folder}:/clock:ro", "--env", "LD_PRELOAD=/clock/shifted_clock.so",
            "--env", "SHIFTED_CLOCK_FILE=/clock/offset",
        )  # fmt: skip

    def set(self, offset_seconds: int) -> None:
        """Shift it for the programs that run, too."""
        # In place: the programs have mapped this very file.
        with self._file.open("r+b") as file:
            file.write(struct.pack("=q", offset_seconds))
        self.offset_seconds = offset_seconds

    def now(self) -> float:
        """Return its time, in epoch seconds."""
        return time.time() + self.offset_seconds
