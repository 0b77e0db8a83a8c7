import logging
from pathlib import Path

import pytest

from healthcheck.disk import state
from healthcheck.disk.state import State
from healthcheck.disk.trusted_time import TrustedTime
from qlines.clock import FakeClock
from qlines.jobs import retention
from qlines.store import part_list, readings, trusted_line
from qlines.store.part_list import Part, StartState

NOW_US = 1_800_000_000_000_000  # 2027-01-15


def test_it_deletes_what_is_older_than_that_many_days() -> None:
    assert retention.cutoff_us(NOW_US, NOW_US, None, 30) == NOW_US - 30 * 86_400_000_000


def test_a_clock_far_ahead_deletes_nothing_that_is_recent_for_the_points() -> None:
    year_us = 365 * 86_400_000_000

    assert retention.cutoff_us(NOW_US + year_us, NOW_US, None, 30) == NOW_US - 30 * 86_400_000_000
    assert retention.cutoff_us(NOW_US, NOW_US + year_us, None, 30) == NOW_US - 30 * 86_400_000_000


def test_a_clock_far_ahead_that_the_points_follow_deletes_nothing_before_it_is_trusted() -> None:
    ahead_us = NOW_US + 365 * 86_400_000_000

    assert retention.cutoff_us(ahead_us, ahead_us, NOW_US, 30) == NOW_US - 30 * 86_400_000_000


def test_the_job_asks_for_healthds_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ahead_us, dropped_before = NOW_US + 365 * 86_400_000_000, []
    state.save(tmp_path / trusted_line.FILE, State(TrustedTime(NOW_US / 1e6, 9.0)))
    monkeypatch.setenv("QLINES_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QLINES_RUN_DIR", str(tmp_path))
    monkeypatch.setenv("QLINES_RETENTION_DAYS", "30")
    monkeypatch.setattr(retention, "SystemClock", lambda: FakeClock(ahead_us))
    monkeypatch.setattr(readings, "newest_us", lambda _client: ahead_us)
    monkeypatch.setattr(
        retention, "drop_before", lambda _client, before_us, *_: dropped_before.append(before_us)
    )

    retention.run()

    assert dropped_before == [NOW_US - 30 * 86_400_000_000]


@pytest.mark.parametrize("text", ["", "{}", '{"time": null}', '{"time": []}', "\0\0"])
def test_without_a_valid_file_no_time_is_trusted(tmp_path: Path, text: str) -> None:
    assert trusted_line.read_us(tmp_path) is None
    (tmp_path / trusted_line.FILE).write_text(text)

    assert trusted_line.read_us(tmp_path) is None


def test_the_cutoff_is_never_before_1970() -> None:
    assert retention.cutoff_us(NOW_US, NOW_US, None, 36_500) == 0


def test_it_logs_what_it_dropped(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setattr(readings, "partitions_before", lambda *_: ["202601", "202602"])
    monkeypatch.setattr(readings, "drop_partition", lambda *_: None)
    monkeypatch.setattr(readings, "delete_points_before", lambda *_: True)

    with caplog.at_level(logging.INFO):
        retention.drop_before(None, NOW_US, tmp_path)

    assert "dropped the partitions 202601, 202602: all before 2027-01-15" in caplog.text
    assert "deleting the readings before 2027-01-15" in caplog.text


def test_a_partition_that_it_drops_does_not_count_as_lost(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old, new = Part("points", "202601_1_1_0", 1.0), Part("points", "202602_2_2_0", 2.0)
    part_list.write_start_state(tmp_path, StartState(is_unclean=True, parts=[old, new]))
    known_at_the_drop = []
    monkeypatch.setattr(readings, "partitions_before", lambda *_: ["202601"])
    monkeypatch.setattr(
        readings,
        "drop_partition",
        lambda *_: known_at_the_drop.append(part_list.read_start_state(tmp_path)),
    )
    monkeypatch.setattr(readings, "delete_points_before", lambda *_: False)

    retention.drop_before(None, NOW_US, tmp_path)

    assert known_at_the_drop == [StartState(is_unclean=True, parts=[new])]


def test_it_logs_when_there_was_nothing_to_drop(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setattr(readings, "partitions_before", lambda *_: [])
    monkeypatch.setattr(readings, "delete_points_before", lambda *_: False)

    with caplog.at_level(logging.INFO):
        retention.drop_before(None, NOW_US, tmp_path)

    assert "deleting" not in caplog.text
    assert "none is entirely before 2027-01-15" in caplog.text
