import pytest

from qlines import move_record
from qlines.clock import FakeClock
from qlines.move_record import COPYING, MOVED, Record
from qlines.moving.progress import SAY_EVERY_SECONDS, MoveProgress


def test_every_change_is_written_and_sentences_are_shown_now_and_then(tmp_path):
    said, clock = [], FakeClock()
    progress = MoveProgress(tmp_path, Record(COPYING), said.append, clock)

    progress.note(sentence="one")
    progress.note(sentence="two", copied=5)
    clock.advance(SAY_EVERY_SECONDS)
    progress.note(sentence="two")
    progress.note(sentence="three")
    progress.tell("the next step")

    assert said == ["one", "three", "the next step"]
    assert move_record.read(tmp_path) == Record(COPYING, copied=5, sentence="the next step")


def test_what_cannot_be_written_has_not_happened(tmp_path, monkeypatch):
    progress = MoveProgress(tmp_path, Record(COPYING), lambda _line: None, FakeClock())

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(move_record, "write", full)
    with pytest.raises(OSError, match="No space left"):
        progress.tell("everything has moved", phase=MOVED)

    assert progress.record == move_record.read(tmp_path) == Record(COPYING)
