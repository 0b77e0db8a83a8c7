from qlines import move_record
from qlines.clock import FakeClock
from qlines.move_record import COPYING, Record
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
