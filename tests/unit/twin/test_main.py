import subprocess
import sys

LOADED = "import sys, qlines.twin.__main__; print('pymongo' in sys.modules)"


def test_it_does_without_pymongo_which_would_cost_each_twin_13_mb():
    shown = subprocess.run(
        [sys.executable, "-c", LOADED],
        capture_output=True, text=True, check=True,
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
    )  # fmt: skip

    assert shown.stdout == "False\n"
