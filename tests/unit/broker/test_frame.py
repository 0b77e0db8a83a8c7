"""Frames in C: the same bytes as qlines.spool.frame, and times that no two messages share."""

import ctypes

import pytest

from qlines.spool import appender
from qlines.spool.frame import Frame, FrameKind, encode

NOW_US = 1_700_000_000_000_000
MINUTE_US = 60_000_000
MAX_FRAME_BYTES = 20 + 255 + 65_535 + 65_536


class CFrame(ctypes.Structure):
    """struct frame of frame.h."""

    _fields_ = (
        ("kind", ctypes.c_int),
        ("device", ctypes.c_char_p),
        ("topic", ctypes.c_char_p),
        ("payload", ctypes.c_char_p),
        ("payload_bytes", ctypes.c_size_t),
    )


@pytest.fixture
def encode_in_c(plugin):
    plugin.frame_encode.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(MAX_FRAME_BYTES)

    def encode_frame(frame: Frame) -> bytes:
        c_frame = CFrame(
            frame.kind, frame.device.encode(), frame.topic.encode(), frame.payload,
            len(frame.payload),
        )  # fmt: skip
        length = plugin.frame_encode(out, ctypes.c_uint64(frame.time_us), ctypes.byref(c_frame))
        return out.raw[:length]

    return encode_frame


@pytest.fixture
def check(plugin):
    """Return a function from bytes to the length and the time of the frame there."""
    plugin.frame_check.restype = ctypes.c_size_t

    def check_bytes(data: bytes) -> tuple[int, int]:
        time_us = ctypes.c_uint64(0)
        length = plugin.frame_check(data, ctypes.c_size_t(len(data)), ctypes.byref(time_us))
        return length, time_us.value

    return check_bytes


class FrameTimes(ctypes.Structure):
    """struct frame_times of frame.h."""

    _fields_ = (("modulus", ctypes.c_uint64), ("remainder", ctypes.c_uint64))


@pytest.fixture
def next_time_us(plugin):
    plugin.frame_time_after.restype = ctypes.c_uint64
    plugin.frame_time_after.argtypes = [ctypes.c_uint64, ctypes.c_uint64, FrameTimes]
    plugin.frame_times_of.restype = FrameTimes
    plugin.frame_times_of.argtypes = [ctypes.c_char]

    def next_time(last_us, now_us, side=b"\0"):
        return plugin.frame_time_after(last_us, now_us, plugin.frame_times_of(side))

    return next_time


FRAMES = [
    Frame(NOW_US, FrameKind.MESSAGE, "d" * 24, "v1/devices/me/telemetry", b'{"a": 1}'),
    Frame(NOW_US + 2, FrameKind.MESSAGE, "d", "ü", bytes(range(256))),
    Frame(2**64 - 2, FrameKind.WRITER_STARTED, "", "", b""),
    Frame(0, FrameKind.MESSAGE, "d" * 255, "t" * 65_535, b"x" * 65_536),
]


@pytest.mark.parametrize("frame", FRAMES, ids=["message", "bytes", "empty", "largest"])
def test_both_languages_write_the_same_bytes(encode_in_c, frame):
    assert encode_in_c(frame) == encode(frame)


def test_a_frame_has_these_bytes(encode_in_c):
    """A vector by hand; gzip computes the same CRC-32 for the bytes after the checksum."""
    length, checksum = "19000000", "fe763009"
    time_kind_and_lengths = "0200000000000000" + "01" + "03" + "0100"
    device_topic_payload = b"dev" + b"t" + b"p"

    assert encode_in_c(Frame(2, FrameKind.MESSAGE, "dev", "t", b"p")) == (
        bytes.fromhex(length + checksum + time_kind_and_lengths) + device_topic_payload
    )


@pytest.mark.parametrize(
    "frame",
    [
        Frame(2, FrameKind.MESSAGE, "d" * 256, "", b""),
        Frame(2, FrameKind.MESSAGE, "", "t" * 65_536, b""),
        Frame(2, FrameKind.MESSAGE, "", "", b"x" * 65_537),
    ],
    ids=["device", "topic", "payload"],
)
def test_a_part_that_is_too_long_is_not_encoded(encode_in_c, frame):
    assert encode_in_c(frame) == b""


def test_a_whole_frame_is_valid_whatever_follows_it(check):
    frame = encode(FRAMES[0])

    assert check(frame) == (len(frame), NOW_US)
    assert check(frame + b"more") == (len(frame), NOW_US)


def test_a_torn_frame_is_not_valid(check):
    frame = encode(FRAMES[0])

    assert {check(frame[:length])[0] for length in range(len(frame))} == {0}


def test_a_frame_with_a_changed_bit_is_not_valid(check):
    frame = encode(FRAMES[0])

    for index in range(len(frame)):
        changed = frame[:index] + bytes([frame[index] ^ 1]) + frame[index + 1 :]
        assert check(changed)[0] == 0


@pytest.mark.parametrize("length", [0, 19, MAX_FRAME_BYTES + 1, 2**32 - 1])
def test_an_invalid_length_is_not_valid(check, length):
    frame = encode(FRAMES[0])

    assert check(length.to_bytes(4, "little") + frame[4:] + b"x" * MAX_FRAME_BYTES)[0] == 0


def test_the_time_is_the_clocks_made_even(next_time_us):
    assert next_time_us(0, NOW_US) == NOW_US
    assert next_time_us(0, NOW_US + 1) == NOW_US


def test_no_two_of_four_writers_on_two_sides_share_a_time(next_time_us):
    moments = range(NOW_US, NOW_US + 40)
    broker_a = {next_time_us(0, now, b"a") for now in moments}
    broker_b = {next_time_us(0, now, b"b") for now in moments}
    web_a = {appender.next_time_us(0, now, appender.times_of("a")) for now in moments}
    web_b = {appender.next_time_us(0, now, appender.times_of("b")) for now in moments}

    writers = [broker_a, broker_b, web_a, web_b]
    assert len(set.union(*writers)) == sum(map(len, writers))
    assert {time % 2 for time in broker_a | broker_b} == {0}
    assert {time % 2 for time in web_a | web_b} == {1}


@pytest.mark.parametrize("side", [b"a", b"b"])
def test_times_rise_on_a_side(next_time_us, side):
    first = next_time_us(0, NOW_US, side)

    assert next_time_us(first, first, side) == first + 4
    assert next_time_us(first + 1, first, side) == first + 4


def test_times_rise_while_the_clock_stands_still_or_steps_back_a_little(next_time_us):
    assert next_time_us(NOW_US, NOW_US) == NOW_US + 2
    assert next_time_us(NOW_US + MINUTE_US, NOW_US) == NOW_US + MINUTE_US + 2


def test_a_last_frame_more_than_a_minute_ahead_is_not_followed(next_time_us):
    assert next_time_us(NOW_US + MINUTE_US + 2, NOW_US) == NOW_US
    assert next_time_us(NOW_US + 86_400 * 1_000_000, NOW_US) == NOW_US
