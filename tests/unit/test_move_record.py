from qlines import move_record
from qlines.move_record import ABANDONED, COPYING, MOVED, SWITCHING, Record

HERE = {"kafka": "127.0.0.1:9092", "mongodb": "mongodb://127.0.0.1:27017/"}
THERE = {"kafka": "kafka:9092", "mongodb": "mongodb://127.0.0.1:27017/"}


def test_what_is_written_is_read(tmp_path):
    record = Record(COPYING, HERE, THERE, 12.5, {"0": 7}, ("202611",), 3, 40, "copying")

    move_record.write(tmp_path, record)

    assert move_record.read(tmp_path) == record


def test_without_a_file_or_with_a_corrupt_one_nothing_has_moved(tmp_path):
    assert move_record.read(tmp_path) is None
    (tmp_path / "moving").mkdir()
    (tmp_path / "moving" / "record.json").write_text('{"phase": 1, "unknown": 2}')

    assert move_record.read(tmp_path) is None


def test_a_switch_that_was_killed_is_a_copy_again_and_nothing_else_is(tmp_path):
    for before, after in [(SWITCHING, COPYING), (MOVED, MOVED), (ABANDONED, ABANDONED)]:
        move_record.write(tmp_path, Record(before, HERE, THERE, copied=7))

        move_record.end_killed_switch(tmp_path)

        assert move_record.read(tmp_path) == Record(after, HERE, THERE, copied=7)


def test_without_a_move_there_is_no_switch_to_end(tmp_path):
    move_record.end_killed_switch(tmp_path)

    assert move_record.read(tmp_path) is None


def test_a_start_beside_the_old_stores_is_refused_with_where_everything_went():
    sentence = move_record.refusal(Record(MOVED, HERE, THERE), HERE)

    assert sentence.startswith("its data have moved to kafka kafka:9092: start it with")
    assert "mongodb" not in sentence


def test_a_start_beside_stores_that_lack_something_is_refused():
    sentence = move_record.refusal(Record(COPYING, HERE, THERE), THERE)

    assert sentence.startswith("the move to kafka kafka:9092 is not complete: start it with the")


def test_a_start_beside_some_of_the_wrong_stores_is_refused_too():
    everywhere = {"kafka": "kafka:9092", "mongodb": "mongodb://mongodb:27017/"}

    for mixed in (HERE | {"kafka": "kafka:9092"}, HERE | {"mongodb": everywhere["mongodb"]}):
        moved = move_record.refusal(Record(MOVED, HERE, everywhere), mixed)
        copying = move_record.refusal(Record(COPYING, HERE, everywhere), mixed)
        assert moved.startswith("its data have moved to kafka kafka:9092, mongodb mongodb://")
        assert copying.startswith("the move to kafka kafka:9092, mongodb mongodb://mongodb:27017/")


def test_a_store_that_has_stayed_says_nothing_about_a_start():
    another = THERE | {"kafka": "another:9092"}

    assert move_record.refusal(Record(MOVED, HERE, THERE), another) is None
    assert move_record.refusal(Record(COPYING, HERE, THERE), another) is None


def test_a_start_is_not_refused_beside_the_new_stores_or_before_the_switch():
    assert move_record.refusal(Record(MOVED, HERE, THERE), THERE) is None
    assert move_record.refusal(Record(COPYING, HERE, THERE), HERE) is None
    assert move_record.refusal(None, HERE) is None


def test_what_is_stopped_is_explained_during_the_switch_and_where_everything_was():
    switching, moved = Record(SWITCHING, HERE, THERE), Record(MOVED, HERE, THERE)

    assert move_record.in_the_way(switching, HERE).startswith("a move to other stores is switching")
    assert move_record.in_the_way(moved, HERE).startswith(
        "everything has moved to kafka kafka:9092"
    )
    assert move_record.in_the_way(moved, THERE) == ""
    assert move_record.in_the_way(Record(COPYING, HERE, THERE), HERE) == ""
    assert move_record.in_the_way(None, HERE) == ""
