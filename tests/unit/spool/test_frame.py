import random
from zlib import crc32

import pytest

from qlines.spool.frame import (
    HEADER_BYTES,
    MAX_FRAME_BYTES,
    Frame,
    FrameKind,
    Verdict,
    encode,
    scan,
)

DEVICE = "65f0c0ffee65f0c0ffee0001"
MESSAGE = Frame(
    1_800_000_000_000_001, FrameKind.MESSAGE, DEVICE, "v1/devices/me/telemetry", b'{"t":1}'
)
GOODBYE = Frame(1_800_000_000_000_003, FrameKind.DISCONNECTED, DEVICE, "", b"timeout")


def test_it_writes_the_bytes_that_the_plugin_in_c_writes():
    checked = bytes.fromhex("0807060504030201 01 02 0100") + b"abtxyz"

    frame = encode(Frame(0x0102030405060708, 1, "ab", "t", b"xyz"))

    assert frame == bytes.fromhex("1a000000") + crc32(checked).to_bytes(4, "little") + checked


def test_it_reads_back_what_it_wrote():
    buffer = encode(MESSAGE) + encode(GOODBYE)

    assert scan(buffer, 0) == ([MESSAGE, GOODBYE], len(buffer), 0, Verdict.COMPLETE)


def test_it_starts_at_the_offset():
    first, second = encode(MESSAGE), encode(GOODBYE)

    assert scan(first + second, len(first)).frames == [GOODBYE]


@pytest.mark.parametrize("cut", range(1, len(encode(GOODBYE))))
def test_it_stops_before_a_torn_tail_wherever_it_was_torn(cut):
    whole, torn = encode(MESSAGE), encode(GOODBYE)[:cut]

    assert scan(whole + torn) == ([MESSAGE], len(whole), 0, Verdict.TORN)


@pytest.mark.parametrize("place", range(4, len(encode(GOODBYE))))
def test_it_skips_a_frame_with_any_corrupt_byte_after_the_length(place):
    corrupt = bytearray(encode(GOODBYE))
    corrupt[place] ^= 0x40
    buffer = encode(MESSAGE) + bytes(corrupt) + encode(MESSAGE)

    assert scan(buffer) == ([MESSAGE, MESSAGE], len(buffer), 1, Verdict.COMPLETE)


@pytest.mark.parametrize("length", [0, HEADER_BYTES - 1, MAX_FRAME_BYTES + 1, 2**32 - 1])
def test_it_stops_at_an_invalid_length(length):
    whole = encode(MESSAGE)
    buffer = whole + length.to_bytes(4, "little") + bytes(100)

    assert scan(buffer) == ([MESSAGE], len(whole), 0, Verdict.INVALID_LENGTH)


def test_it_never_fails_on_random_corruption():
    chance = random.Random(7)
    clean = b"".join(encode(MESSAGE._replace(payload=chance.randbytes(50))) for _ in range(20))

    for _ in range(500):
        corrupt = bytearray(clean)
        for _ in range(chance.randrange(1, 6)):
            corrupt[chance.randrange(len(clean))] = chance.randrange(256)
        result = scan(bytes(corrupt[: chance.randrange(len(clean))]))
        assert 0 <= result.end <= len(clean)


def test_it_replaces_invalid_utf8():
    buffer = encode(MESSAGE).replace(b"telemetry", b"tele\xff\xfe\xfdry")
    checked = buffer[8:]
    buffer = buffer[:4] + crc32(checked).to_bytes(4, "little") + checked

    assert scan(buffer).frames[0].topic == "v1/devices/me/tele���ry"


@pytest.mark.parametrize(
    "frame",
    [
        MESSAGE._replace(device="d" * 256),
        MESSAGE._replace(topic="t" * 65_536),
        MESSAGE._replace(payload=bytes(MAX_FRAME_BYTES)),
    ],
)
def test_it_refuses_to_encode_what_does_not_fit(frame):
    with pytest.raises(ValueError, match="a frame holds at most 255 bytes of device id"):
        encode(frame)
