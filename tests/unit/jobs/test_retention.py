import logging

import pytest

from qlines.jobs import retention
from qlines.store import readings

NOW_US = 1_800_000_000_000_000  # 2027-01-15


def test_it_deletes_what_is_older_than_that_many_days() -> None:
    assert retention.cutoff_us(NOW_US, 30) == NOW_US - 30 * 86_400_000_000


def test_the_cutoff_is_never_before_1970() -> None:
    assert retention.cutoff_us(NOW_US, 36_500) == 0


def test_it_logs_what_it_dropped(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(readings, "drop_partitions_before", lambda *_: ["202601", "202602"])

    with caplog.at_level(logging.INFO):
        retention.drop_before(None, NOW_US)

    assert "dropped the partitions 202601, 202602: all before 2027-01-15" in caplog.text


def test_it_logs_when_there_was_nothing_to_drop(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(readings, "drop_partitions_before", lambda *_: [])

    with caplog.at_level(logging.INFO):
        retention.drop_before(None, NOW_US)

    assert "none is entirely before 2027-01-15" in caplog.text
