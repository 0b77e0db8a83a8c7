from qlines.cli import move_to
from qlines.move_record import COPYING, MOVED, Record


def test_without_a_move_it_says_so():
    assert move_to.lines(None) == ["nothing has moved, and no move is under way"]


def test_a_move_under_way_says_how_far_it_is():
    record = Record(COPYING, done=("202611",), total=4, copied=1_500_000, sentence="copying")

    assert move_to.lines(record) == ["copying: copying (1 of 4 partitions, 1,500,000 points)"]


def test_a_move_that_is_complete_says_how_to_start_next():
    text = " ".join(move_to.lines(Record(MOVED, pause_seconds=6.24)))

    assert text.startswith("Everything has moved in 6.2 s without pages. Devices still send")
    assert "same volume: put them into .env and run `make up`." in text
