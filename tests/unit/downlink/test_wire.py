"""The bytes between the broker's plugin and its control client."""

import struct

import pytest

from qlines.downlink.wire import (
    Ended,
    Hello,
    Order,
    OrderKind,
    Provision,
    Request,
    Result,
    Results,
    Session,
    Synced,
    WireError,
    decode_event,
    encode_order,
)  # fmt: skip


def text(value: str) -> bytes:
    return struct.pack(">H", len(value.encode())) + value.encode()


def test_an_order_is_its_numbers_its_texts_and_the_payload():
    order = Order(7, "d/ü", "v1/t", b"\0payload", expiry_seconds=60, kind=OrderKind.WATCH)

    assert encode_order(order) == (
        b"\x02\x01" + struct.pack(">IQ", 60, 7) + text("d/ü") + text("v1/t") + b"\0payload"
    )


@pytest.mark.parametrize(
    ("data", "event"),
    [
        (b"\x01" + struct.pack(">QB", 1_700_000_000_000_000, 0), Hello(1_700_000_000_000_000, "")),
        (b"\x01" + struct.pack(">QB", 1, ord("b")), Hello(1, "b")),
        (b"\x02" + text("d/1"), Session("d/1", {})),
        (
            b"\x02" + text("d/1") + b"\x01" + text("a/+") + b"\x00" + text("b"),
            Session("d/1", {"a/+": 1, "b": 0}),
        ),
        (b"\x03\x01" + text("d/1"), Ended("d/1", is_kept=True)),
        (b"\x04", Synced()),
        (
            b"\x05" + struct.pack(">QBQB", 1, 1, 2**64 - 1, 2),
            Results([(1, Result.WRITTEN), (2**64 - 1, Result.DELIVERED)]),
        ),
        (b"\x06" + text("d/1") + text("t") + b"\xff\0", Request("d/1", "t", b"\xff\0")),
        (b"\x06" + text("d/1") + text("t"), Request("d/1", "t", b"")),
        (
            b"\x07" + text("provision/1") + text("::1") + b"{}",
            Provision("provision/1", "::1", b"{}"),
        ),
    ],
)
def test_each_event_is_read_with_its_number(data, event):
    assert decode_event(struct.pack(">I", 4_000_000_000) + data) == (4_000_000_000, event)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\0\x01",
        b"\0\0\0\x01\x09",
        b"\0\0\0\x01\x01\0",
        b"\0\0\0\x01\x02\0\x09short",
        b"\0\0\0\x01\x02\0\x01\xff",
        b"\0\0\0\x01\x03",
        b"\0\0\0\x01\x05" + b"\0" * 8,
        b"\0\0\0\x01\x05" + b"\0" * 8 + b"\x63",
        b"\0\0\0\x01\x06" + text("d/1"),
        b"\0\0\0\x01\x06" + text("d/1") + b"\0\x09short",
    ],
)
def test_any_other_bytes_are_no_event(data):
    with pytest.raises(WireError, match="must be one of hello, session, ended"):
        decode_event(data)


def test_a_request_has_who_asks_the_topic_and_the_rest():
    data = b"\0\0\0\7\6" + b"\0\4d/id" + b"\0\5topic" + b"\0payload"

    assert decode_event(data) == (7, Request("d/id", "topic", b"\0payload"))
