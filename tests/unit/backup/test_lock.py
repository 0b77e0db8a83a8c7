import subprocess
import sys
from pathlib import Path

import pytest

from backup.errors import BackupError
from backup.lock import only_one

ROOT = Path(__file__).resolve().parents[3]
HOLD = """
import sys, time
from pathlib import Path
from backup.lock import only_one
with only_one(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """Return the lock file and another process that holds it."""
    file = tmp_path / "backup" / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)],
        env={"PYTHONPATH": f"{ROOT}/app:{ROOT}"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield file, process
        process.kill()


def test_a_second_run_is_refused(holder):
    file, _ = holder

    with pytest.raises(BackupError, match="another backup, drill or restore"), only_one(file):
        pass


def test_a_killed_run_leaves_no_lock(holder):
    file, process = holder
    process.kill()
    process.wait()

    with only_one(file):
        assert file.exists()


def test_it_can_be_taken_again_after_an_error(tmp_path):
    with pytest.raises(ValueError, match="of a run"), only_one(tmp_path / "lock"):
        raise ValueError("of a run")

    with only_one(tmp_path / "lock"):
        assert (tmp_path / "lock").exists()
