import pytest

from qlines import catch_up_record
from qlines.catch_up_record import FILES, Progress, Request


def test_nothing_is_needed_while_nobody_asked(tmp_path):
    assert not catch_up_record.is_needed(tmp_path)
    assert catch_up_record.read_request(tmp_path) is None
    assert catch_up_record.read_progress(tmp_path) is None


def test_it_is_needed_until_that_request_is_met(tmp_path):
    catch_up_record.ask(tmp_path, "a gap", 5.0)
    assert catch_up_record.read_request(tmp_path) == Request("a gap", 5.0)
    assert catch_up_record.is_needed(tmp_path)

    progress = Progress(5.0, total=2, done=("20261123",), copied=7, sentence="half")
    catch_up_record.write_progress(tmp_path, progress)
    assert catch_up_record.read_progress(tmp_path) == progress
    assert catch_up_record.is_needed(tmp_path)

    catch_up_record.write_progress(tmp_path, progress._replace(finished_at=9.0))
    assert not catch_up_record.is_needed(tmp_path)


def test_a_later_request_is_needed_although_one_was_met(tmp_path):
    catch_up_record.write_progress(tmp_path, Progress(5.0, finished_at=9.0))

    catch_up_record.ask(tmp_path, "another gap", 10.0)

    assert catch_up_record.is_needed(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\0\0", b"[]", b'{"reason": 1}', b'{"unknown": 1}'])
def test_a_corrupt_file_counts_as_none(tmp_path, content):
    (tmp_path / "twin").mkdir()
    for name in FILES:
        (tmp_path / "twin" / name).write_bytes(content)

    assert catch_up_record.read_request(tmp_path) is None
    assert catch_up_record.read_progress(tmp_path) is None
