import pytest

from qlines.writer.peer_mark import WRITE_EVERY_SECONDS, Mark


def test_it_is_kept_beside_the_data(tmp_path):
    Mark(tmp_path).note({0: 12, 1: 3}, now=1.0)

    assert [Mark(tmp_path).offset(partition) for partition in (0, 1, 2)] == [12, 3, None]
    assert [file.parent.name for file in tmp_path.rglob("*.json")] == ["clickhouse"]


def test_it_is_written_every_few_seconds(tmp_path):
    mark = Mark(tmp_path)
    mark.note({0: 1}, now=1.0)
    mark.note({0: 2}, now=1.0 + WRITE_EVERY_SECONDS / 2)
    assert Mark(tmp_path).offset(0) == 1

    mark.note({0: 3}, now=1.0 + WRITE_EVERY_SECONDS)
    assert Mark(tmp_path).offset(0) == 3


@pytest.mark.parametrize("content", [b"", b"\0\0", b"[]", b'{"0": null}'])
def test_a_file_that_is_corrupt_says_nothing(tmp_path, content):
    file = tmp_path / "clickhouse" / "twin-offsets.json"
    file.parent.mkdir()
    file.write_bytes(content)

    assert Mark(tmp_path).offset(0) is None
