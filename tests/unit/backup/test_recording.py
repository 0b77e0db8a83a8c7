import pytest

from backup.recording import recording
from qlines import backup_record
from qlines.clock import FakeClock


def test_an_attempt_is_noted_before_it_begins(tmp_path):
    with recording(tmp_path, FakeClock()):
        assert backup_record.read(tmp_path).tried_at == 1_800_000_000.0


def test_a_failure_is_noted_with_its_reason_and_raised(tmp_path):
    with pytest.raises(OSError, match="disk"), recording(tmp_path, FakeClock()):
        raise OSError("the disk is full")

    assert backup_record.read(tmp_path).failure == ("create", 1_800_000_000.0, "the disk is full")


def test_an_interruption_is_noted_too(tmp_path):
    with pytest.raises(KeyboardInterrupt), recording(tmp_path, FakeClock()):
        raise KeyboardInterrupt

    assert backup_record.read(tmp_path).failure.reason == "it was interrupted"
