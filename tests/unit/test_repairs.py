import time

from qlines import repairs
from qlines.repairs import Repair


def test_a_repair_is_logged_and_shown(tmp_path, caplog):
    before = int(time.time())

    repairs.note(tmp_path, "redis", "cut the end off the log: jobs are gone")

    (repair,) = repairs.recent(tmp_path, before + 10)
    assert repair.at >= before
    assert repair[1:] == ("redis", "cut the end off the log: jobs are gone")
    assert "cut the end off the log" in caplog.text


def test_nothing_was_repaired_without_a_file(tmp_path):
    assert repairs.recent(tmp_path, 0.0) == []


def test_a_repair_is_shown_for_a_day(tmp_path):
    repairs.note(tmp_path, "redis", "cut")

    assert repairs.recent(tmp_path, time.time() + 24 * 3600) == []


def test_only_the_newest_repairs_are_shown(tmp_path):
    for number in range(400):
        repairs.note(tmp_path, "kafka", f"restored file {number} of a very long name")

    shown = repairs.recent(tmp_path, time.time())

    assert [repair.sentence.split()[2] for repair in shown] == [str(n) for n in range(350, 400)]


def test_a_line_that_is_incomplete_is_left_out():
    assert repairs.parse("1970-01-01T00:00:05Z kafka: done") == Repair(5.0, "kafka", "done")
    assert repairs.parse("07:01Z kafka: done") is None
    assert repairs.parse("1970-01-01T00:00:05Z kaf") is None


def test_a_volume_that_cannot_be_written_costs_the_file_only(tmp_path, caplog):
    (tmp_path / "log").write_text("not a folder")

    repairs.note(tmp_path, "redis", "cut")

    assert "cut" in caplog.text
    assert "cannot write" in caplog.text
