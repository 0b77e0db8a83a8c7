import random

import pytest

from qlines.spool import segments
from qlines.spool.frame import Frame, encode
from qlines.spool.reader import SpoolReader, next_segment
from qlines.spool.segments import Position

TOPIC = "v1/devices/me/telemetry"


def frame(payload):
    return Frame(1_800_000_000_000_000, 1, "d1", TOPIC, payload)


def write(folder, number, *frames, tail=b""):
    path = segments.path_of(folder, number)
    with path.open("ab") as file:
        file.write(b"".join(encode(frame(payload)) for payload in frames) + tail)
    return path


def read(reader, max_bytes=1_000_000):
    return [item.payload for item in reader.read(max_bytes)]


def read_all(reader):
    frames_read = []
    while frames := read(reader):
        frames_read += frames
    return frames_read


def test_it_reads_nothing_from_a_folder_that_does_not_exist(tmp_path):
    assert read(SpoolReader(tmp_path / "mqtt")) == []


def test_it_reads_segments_in_their_order(tmp_path):
    write(tmp_path, 9, b"a", b"b")
    write(tmp_path, 10, b"c")

    assert read_all(SpoolReader(tmp_path)) == [b"a", b"b", b"c"]


def test_it_reads_what_is_appended_later(tmp_path):
    write(tmp_path, 1, b"a")
    reader = SpoolReader(tmp_path)
    read_all(reader)

    write(tmp_path, 1, b"b")

    assert read(reader) == [b"b"]


def test_it_waits_at_the_unfinished_tail_of_the_newest_segment(tmp_path):
    whole = encode(frame(b"late"))
    write(tmp_path, 1, b"a", tail=whole[:15])
    reader = SpoolReader(tmp_path)
    assert read_all(reader) == [b"a"]
    assert reader.losses["torn_tails"] == 0

    write(tmp_path, 1, tail=whole[15:])

    assert read(reader) == [b"late"]


def test_it_skips_and_counts_the_torn_tail_of_an_older_segment(tmp_path):
    write(tmp_path, 1, b"a", tail=encode(frame(b"torn"))[:-1])
    write(tmp_path, 2, b"b")
    reader = SpoolReader(tmp_path)

    assert read_all(reader) == [b"a", b"b"]
    assert reader.losses["torn_tails"] == 1


def test_it_skips_and_counts_a_corrupt_frame(tmp_path):
    corrupt = bytearray(encode(frame(b"corrupt")))
    corrupt[-1] ^= 1
    write(tmp_path, 1, b"a", tail=bytes(corrupt) + encode(frame(b"b")))
    reader = SpoolReader(tmp_path)

    assert read_all(reader) == [b"a", b"b"]
    assert reader.losses["corrupt_frames"] == 1


def test_it_continues_after_a_stretch_of_corrupt_frames(tmp_path):
    corrupt = bytearray(encode(frame(b"x" * 60_000)))
    corrupt[-1] ^= 1
    write(tmp_path, 1, tail=bytes(corrupt) * 20 + encode(frame(b"b")))
    write(tmp_path, 2, b"c")
    reader = SpoolReader(tmp_path)

    assert read_all(reader) == [b"b", b"c"]
    assert reader.losses["corrupt_frames"] == 20


def test_it_skips_to_the_next_segment_at_an_invalid_length_and_counts_it_once(tmp_path):
    write(tmp_path, 1, b"a", tail=bytes(64))
    reader = SpoolReader(tmp_path)
    assert read_all(reader) == [b"a"]
    assert read_all(reader) == []

    write(tmp_path, 2, b"b")

    assert read_all(reader) == [b"b"]
    assert reader.losses["invalid_lengths"] == 1


def test_it_skips_empty_segments(tmp_path):
    write(tmp_path, 1)
    write(tmp_path, 2)
    write(tmp_path, 3, b"a")

    assert read_all(SpoolReader(tmp_path)) == [b"a"]


def test_it_returns_a_frame_that_is_larger_than_asked_for(tmp_path):
    write(tmp_path, 1, b"x" * 65_536, b"y")
    reader = SpoolReader(tmp_path)

    assert read(reader, max_bytes=1)[0] == b"x" * 65_536


def test_it_resumes_after_the_last_commit(tmp_path):
    write(tmp_path, 1, b"a")
    first = SpoolReader(tmp_path)
    read(first)
    first.commit(first.position)
    write(tmp_path, 1, b"b")
    read(first)

    assert read(SpoolReader(tmp_path)) == [b"b"]


def test_it_deletes_a_segment_only_when_the_commit_is_past_it(tmp_path):
    write(tmp_path, 1, b"a")
    write(tmp_path, 2, b"b")
    write(tmp_path, 3, b"c")
    reader = SpoolReader(tmp_path, max_retained_bytes=0)
    read(reader)
    reader.commit(reader.position)
    reader.delete_expired(reader.position)
    assert segments.numbers(tmp_path) == [1, 2, 3]

    read(reader)
    reader.commit(reader.position)
    reader.delete_expired(reader.position)

    assert segments.numbers(tmp_path) == [2, 3]


def test_its_cursor_is_replaced_and_never_rewritten(tmp_path):
    write(tmp_path, 1, b"a")
    reader = SpoolReader(tmp_path)
    reader.commit(Position(1, 0))
    before = (tmp_path / "cursor").stat().st_ino
    kept_open = (tmp_path / "cursor").open()

    read(reader)
    reader.commit(reader.position)

    assert (tmp_path / "cursor").stat().st_ino != before
    assert kept_open.read() == "1 0\n"
    assert (tmp_path / "cursor").read_text() == f"1 {len(encode(frame(b'a')))}\n"
    kept_open.close()


@pytest.mark.parametrize("text", ["", "1", "x y", "1 2 3"])
def test_it_starts_at_the_lowest_segment_when_the_cursor_is_corrupt(tmp_path, text):
    write(tmp_path, 4, b"a")
    (tmp_path / "cursor").write_text(text)

    assert read_all(SpoolReader(tmp_path)) == [b"a"]


def test_it_continues_when_its_segment_was_deleted(tmp_path):
    write(tmp_path, 1, b"a")
    write(tmp_path, 3, b"c")
    (tmp_path / "cursor").write_text("2 500\n")

    assert read_all(SpoolReader(tmp_path)) == [b"c"]


def test_it_continues_when_the_open_segment_is_deleted(tmp_path):
    path = write(tmp_path, 1, b"a")
    reader = SpoolReader(tmp_path)
    read_all(reader)

    path.unlink()
    write(tmp_path, 2, b"b")

    assert read_all(reader) == [b"b"]


def test_it_reads_segments_below_the_cursor_when_numbering_restarted(tmp_path):
    (tmp_path / "cursor").write_text("57 100\n")
    write(tmp_path, 1, b"a")

    assert read_all(SpoolReader(tmp_path)) == [b"a"]


def test_it_skips_a_segment_that_a_power_cut_shortened_below_the_cursor(tmp_path):
    write(tmp_path, 1, b"a")
    (tmp_path / "cursor").write_text("1 99999\n")
    write(tmp_path, 2, b"b")

    assert read_all(SpoolReader(tmp_path)) == [b"b"]


def test_it_reads_a_frame_that_was_completed_while_it_listed_the_segments(tmp_path, monkeypatch):
    whole = encode(frame(b"late"))
    write(tmp_path, 1, tail=whole[:15])
    list_now = segments.numbers

    def writer_is_faster(folder):
        monkeypatch.undo()
        write(tmp_path, 1, tail=whole[15:])
        write(tmp_path, 2, b"b")
        return list_now(folder)

    reader = SpoolReader(tmp_path)
    assert read(reader) == []
    monkeypatch.setattr(segments, "numbers", writer_is_faster)

    assert read_all(reader) == [b"late", b"b"]
    assert reader.losses["torn_tails"] == 0


def test_it_loses_no_whole_frame_whatever_the_sizes_and_restarts(tmp_path):
    chance = random.Random(11)
    expected, frames_read = [], []
    reader = SpoolReader(tmp_path)
    number = 1
    for index in range(400):
        payload = b"%d " % index + bytes(chance.choice([0, 10, 3000, 65_000]))
        write(tmp_path, number, payload)
        expected.append(payload)
        if chance.random() < 0.1:
            write(tmp_path, number, tail=encode(frame(b"torn"))[: chance.randrange(1, 40)])
            number += chance.randrange(1, 4)
            write(tmp_path, number)
        if chance.random() < 0.3:
            frames_read += read(reader, chance.randrange(1, 200_000))
            reader.commit(reader.position)
        if chance.random() < 0.1:
            reader = SpoolReader(tmp_path)

    frames_read += read_all(reader)

    assert frames_read == expected


@pytest.mark.parametrize(
    ("numbers", "current", "expected"),
    [
        ([1, 2, 3], 1, 2),
        ([1, 2, 9], 2, 9),
        ([1, 2], 2, None),
        ([], 2, None),
        ([1, 2], 7, 1),
        ([5], 0, 5),
    ],
)
def test_the_next_segment(numbers, current, expected):
    assert next_segment(numbers, current) == expected
