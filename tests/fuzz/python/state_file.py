"""qlines.ingest.state_file: a file of any bytes is loaded or set aside; what it holds is saved."""

import tempfile
from pathlib import Path

from qlines.clock import FakeClock
from qlines.ingest.state_file import StateFile

MEMORY = Path("/dev/shm")


def check(data):
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        path = Path(name) / "ingest.json"
        path.write_bytes(data)
        file = StateFile(path, FakeClock())
        state = file.load()
        saved = state.connections.to_json(), state.pending.to_json()
        file.save(state)
        again = file.load()
        assert (again.connections.to_json(), again.pending.to_json()) == saved
