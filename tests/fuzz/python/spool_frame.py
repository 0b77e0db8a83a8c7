"""qlines.spool.frame: a buffer of any bytes is scanned to its end, and frames survive both ways."""

from itertools import pairwise

from qlines.spool.frame import HEADER_BYTES, encode, scan


def check(data):
    result = scan(data)
    assert 0 <= result.end <= len(data)
    assert len(result.frames) * HEADER_BYTES <= result.end
    # A reader may stop after any frame and begin again with the next one.
    ends = [0]
    for frame in result.frames:
        if "\ufffd" in frame.device + frame.topic:
            return  # invalid UTF-8 was replaced, so it is encoded to other bytes
        ends.append(ends[-1] + len(encode(frame)))
    if not result.corrupt_frames:
        assert b"".join(map(encode, result.frames)) == data[: result.end]
        assert [scan(data[:end], start).frames for start, end in pairwise(ends)] == [
            [frame] for frame in result.frames
        ]
