"""Whether a demonstration runs."""

import os

from qlines import demo

NOW_US = 1_800_000_000_000_000


def test_it_runs_until_a_minute_after_its_last_word(tmp_path):
    assert not demo.is_running(tmp_path, NOW_US)

    demo.note_running(tmp_path)
    seconds = NOW_US / 1e6
    os.utime(tmp_path / "demo", (seconds, seconds))

    assert demo.is_running(tmp_path, NOW_US + 59_000_000)
    assert not demo.is_running(tmp_path, NOW_US + 60_000_000)
