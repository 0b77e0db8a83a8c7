import pytest

from backup.recording import recording, recording_restore
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


def test_a_restore_that_fails_is_noted_and_is_no_backup_that_was_tried(tmp_path):
    with pytest.raises(OSError, match="disk"), recording_restore(tmp_path, FakeClock()):
        raise OSError("the disk is full")

    record = backup_record.read(tmp_path)
    assert record.failed_restore == ("restore", 1_800_000_000.0, "the disk is full")
    assert (record.failure, record.tried_at) == (None, None)


def test_a_good_restore_ends_the_note_of_one_that_failed(tmp_path):
    with pytest.raises(KeyboardInterrupt), recording_restore(tmp_path, FakeClock()):
        raise KeyboardInterrupt
    with recording_restore(tmp_path, FakeClock()):
        assert backup_record.read(tmp_path).failed_restore.reason == "it was interrupted"

    assert backup_record.read(tmp_path).failed_restore is None
