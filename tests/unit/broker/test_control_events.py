"""The control client reads each event as the plugin writes it."""

import ctypes

import pytest

from qlines.downlink.wire import Request, Session, decode_event

SESSION, REQUEST = 2, 6
MAX_BYTES = 65_536


class Event(ctypes.Structure):
    """struct event_writer."""

    _fields_ = (("count", ctypes.c_size_t), ("bytes", ctypes.c_uint8 * MAX_BYTES))


@pytest.fixture
def writer(plugin, published):
    for name in ("event_add_number", "event_add_text", "event_add_bytes", "event_add_filter"):
        getattr(plugin, name).restype = ctypes.c_bool
    return Writer(plugin, published)


class Writer:
    """One event."""

    def __init__(self, plugin, published):
        self.plugin, self.published, self.event = plugin, published, Event()

    def begin(self, kind):
        self.plugin.event_begin(ctypes.byref(self.event), kind)
        return self

    def text(self, text):
        return self.plugin.event_add_text(ctypes.byref(self.event), text.encode())

    def bytes(self, data):
        size = ctypes.c_size_t(len(data))
        return self.plugin.event_add_bytes(ctypes.byref(self.event), data or None, size)

    def filter(self, qos, text):
        return self.plugin.event_add_filter(
            ctypes.byref(self.event), ctypes.c_uint8(qos), text.encode()
        )

    def sent(self, sequence):
        self.plugin.event_send(ctypes.byref(self.event), ctypes.c_uint32(sequence))
        client_id, message = self.published[-1]
        assert client_id == "qlines-control"
        return message


def test_a_session_is_read_as_it_was_written(writer):
    writer.begin(SESSION).text("device/pümp")
    writer.filter(1, "v1/+")

    assert decode_event(writer.sent(2**32 - 1)) == (2**32 - 1, Session("device/pümp", {"v1/+": 1}))


@pytest.mark.parametrize("payload", [b"", b"{}\0\xff", b"x" * 16_384])
def test_a_request_is_read_as_it_was_written(writer, payload):
    writer.begin(REQUEST).text("device/pump")
    writer.text("v1/gateway/claim")
    writer.bytes(payload)

    assert decode_event(writer.sent(7)) == (7, Request("device/pump", "v1/gateway/claim", payload))


def test_what_does_not_fit_is_left_out_as_a_whole(writer):
    writer.begin(SESSION).text("device/pump")

    assert writer.filter(0, "x" * 60_000)
    assert not writer.filter(0, "y" * 6_000)
    assert not writer.text("y" * 6_000)
    assert not writer.bytes(b"y" * 6_000)

    assert decode_event(writer.sent(0)) == (0, Session("device/pump", {"x" * 60_000: 0}))
