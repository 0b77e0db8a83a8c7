import logging

import pytest

from qlines.jobs import retention
from qlines.store import readings

NOW_US = 1_800_000_000_000_000  # 2027-01-15


def test_it_deletes_what_is_older_than_that_many_days() -> None:
    assert retention.cutoff_us(NOW_US, NOW_US, 30) == NOW_US - 30 * 86_400_000_000


def test_a_clock_far_ahead_deletes_nothing_that_is_recent_for_the_points() -> None:
    year_us = 365 * 86_400_000_000

    assert retention.cutoff_us(NOW_US + year_us, NOW_US, 30) == NOW_US - 30 * 86_400_000_000
    assert retention.cutoff_us(NOW_US, NOW_US + year_us, 30) == NOW_US - 30 * 86_400_000_000


def test_the_cutoff_is_never_before_1970() -> None:
    assert retention.cutoff_us(NOW_US, NOW_US, 36_500) == 0


def test_it_logs_what_it_dropped(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(readings, "drop_partitions_before", lambda *_: ["202601", "202602"])
    monkeypatch.setattr(readings, "delete_points_before", lambda *_: True)

    with caplog.at_level(logging.INFO):
        retention.drop_before(None, NOW_US)

    assert "dropped the partitions 202601, 202602: all before 2027-01-15" in caplog.text
    assert "deleting the readings before 2027-01-15" in caplog.text


def test_it_logs_when_there_was_nothing_to_drop(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(readings, "drop_partitions_before", lambda *_: [])
    monkeypatch.setattr(readings, "delete_points_before", lambda *_: False)

    with caplog.at_level(logging.INFO):
        retention.drop_before(None, NOW_US)

    assert "deleting" not in caplog.text
    assert "none is entirely before 2027-01-15" in caplog.text
