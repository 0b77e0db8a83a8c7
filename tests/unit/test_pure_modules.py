"""Which modules the coverage floor holds for."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_what_only_computes_is_measured_and_what_has_effects_is_not():
    printed = subprocess.run(
        [ROOT / ".ci" / "pure_modules"], check=True, capture_output=True, text=True
    )

    pure = printed.stdout.split(",")
    assert "app/qlines/ingest/decode.py" in pure
    assert "app/qlines/spool/frame.py" in pure
    assert "proxy/decide/nginx.py" in pure
    assert "app/qlines/clients/kafka.py" not in pure
    assert "app/qlines/heartbeat.py" not in pure
    assert [path for path in pure if path.endswith("__main__.py")] == []
