"""The web app's memory: what it does not use is not loaded."""

import subprocess
import sys
from pathlib import Path

APP = Path(__file__).resolve().parents[3] / "app"
PROGRAM = """
import sys
import qlines.web.factory
heavy = {"kafka", "numpy", "pandas", "eventlet"} & set(sys.modules)
assert not heavy, heavy
import kafka
"""


def test_the_web_app_loads_no_client_of_kafka_and_others_still_can():
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(APP)},
    )

    assert result.returncode == 0, result.stderr
