"""The plugin reads an order as `qlines.downlink.wire` writes it, and nothing else."""

import ctypes

import pytest

from qlines.downlink.wire import MAX_PAYLOAD_BYTES, Order, OrderKind, encode_order

ORDER = Order(2**64 - 1, "device/pümp 1", "v1/devices/me/rpc/request/1", b"{}\0", 1, 3600)


class Read(ctypes.Structure):
    """struct downlink_order."""

    _fields_ = (
        ("kind", ctypes.c_int),
        ("qos", ctypes.c_uint8),
        ("expiry_seconds", ctypes.c_uint32),
        ("tag", ctypes.c_uint64),
        ("client_id", ctypes.c_char_p),
        ("topic", ctypes.c_char_p),
        ("payload", ctypes.c_void_p),
        ("payload_bytes", ctypes.c_size_t),
    )


@pytest.fixture
def read(plugin):
    plugin.downlink_order_read.restype = ctypes.c_bool

    def read(data: bytes) -> Order | None:
        order = Read()
        if not plugin.downlink_order_read(ctypes.byref(order), data, ctypes.c_size_t(len(data))):
            assert order.client_id is None, "an order that is not valid keeps no memory"
            return None
        found = Order(
            order.tag, order.client_id.decode(), order.topic.decode(),
            ctypes.string_at(order.payload, order.payload_bytes), order.qos,
            order.expiry_seconds, OrderKind(order.kind),
        )  # fmt: skip
        plugin.downlink_order_clear(ctypes.byref(order))
        return found

    return read


@pytest.mark.parametrize(
    "order",
    [
        ORDER,
        ORDER._replace(payload=b"", qos=0, kind=OrderKind.WATCH, tag=0),
        ORDER._replace(payload=b"x" * MAX_PAYLOAD_BYTES),
        ORDER._replace(client_id="x" * 65_535),
    ],
)
def test_every_order_is_read_as_it_was_written(read, order):
    assert read(encode_order(order)) == order


@pytest.mark.parametrize(
    "order",
    [
        ORDER._replace(kind=3),
        ORDER._replace(qos=2),
        ORDER._replace(client_id=""),
        ORDER._replace(topic=""),
        ORDER._replace(topic="v1/+"),
        ORDER._replace(topic="v1/#"),
        ORDER._replace(topic="a\0b"),
        ORDER._replace(payload=b"x" * (MAX_PAYLOAD_BYTES + 1)),
    ],
)
def test_an_order_that_cannot_be_obeyed_is_none(read, order):
    assert read(encode_order(order)) is None


def test_bytes_that_end_too_early_are_none(read):
    whole = encode_order(ORDER._replace(payload=b""))

    assert [read(whole[:count]) for count in range(len(whole))] == [None] * len(whole)
