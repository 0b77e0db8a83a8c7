"""Which messages call what the broker itself answers, and the answers."""

import ctypes
import json

import pytest

from tests.unit.broker.test_options import Options

TOPIC = "v1/devices/me/rpc/request/"
CALL = b'{"method":"getSessionLimits","params":{}}'
NONE, SESSION_LIMITS, TIME = range(3)
ROOM_YES, ROOM_BUSY = 0, 2


@pytest.fixture
def read(plugin):
    def read(topic: str, payload: bytes | None) -> tuple[int, str | None]:
        found, topic_bytes = ctypes.c_char_p(), ctypes.create_string_buffer(topic.encode())
        call = plugin.call_read(
            topic_bytes, payload, ctypes.c_size_t(len(payload or b"")), ctypes.byref(found)
        )
        return call, found.value.decode() if call != NONE and found.value else None

    return read


def test_it_returns_the_id_of_a_call(read):
    assert read(TOPIC + "1", CALL) == (SESSION_LIMITS, "1")
    assert read(TOPIC + "9" * 20, CALL) == (SESSION_LIMITS, "9" * 20)


@pytest.mark.parametrize(
    ("payload", "call"),
    [
        (b'{"method": "getTime", "params": {}}', TIME),
        (b'{"params":{},"method" :\n"getCurrentTime"}', TIME),
        (b'{"method":"getTime"', TIME),
        (b'{"method":"log","params":"getTime"}', NONE),
        (b'{"method":"getTimer"}', NONE),
        (b'{"method":getTime}', NONE),
        (b'{"method":"getTime', NONE),
        (b'{"method":', NONE),
        (b'{"method"', NONE),
        (b'{"method","getTime"}', NONE),
        (b'{"methods":"getTime"}', NONE),
        (b"\0" * 30, NONE),
    ],
)
def test_the_method_alone_decides(read, payload, call):
    assert read(TOPIC + "1", payload)[0] == call


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (TOPIC, CALL), (TOPIC + "x", CALL), (TOPIC + "1/2", CALL), (TOPIC + "1" * 21, CALL),
        ("v1/devices/me/telemetry", CALL), (TOPIC + "1", None), (TOPIC + "1", b'{"method":"x"}'),
        (TOPIC + "1", CALL + b" " * 1024),
    ],
)  # fmt: skip
def test_every_other_message_is_not_a_call(read, topic, payload):
    assert read(topic, payload)[0] == NONE


def answer(plugin, call, *, messages=0, points=0, now_us=0):
    buffer = ctypes.create_string_buffer(512)
    options = Options(device_messages_per_second=messages, device_points_per_second=points)
    plugin.call_write_answer(buffer, call, ctypes.byref(options), ctypes.c_uint64(now_us))
    return json.loads(buffer.value)


def test_the_time_is_a_number_of_milliseconds(plugin):
    assert answer(plugin, TIME, now_us=1_700_000_000_123_999) == 1_700_000_000_123


def test_a_client_that_takes_nothing_more_gets_no_answer(plugin):
    room = ctypes.c_int.in_dll(plugin, "room")
    plugin.call_answer.restype = ctypes.c_bool

    room.value = ROOM_BUSY
    refused = plugin.call_answer(None, b"1", TIME, ctypes.byref(Options()))
    room.value = ROOM_YES

    assert not refused
    assert plugin.call_answer(None, b"1", TIME, ctypes.byref(Options()))


def test_the_limits_of_a_device_are_in_both_places(plugin):
    document = answer(plugin, SESSION_LIMITS, messages=10_000_000, points=10_000_000)

    limits = {
        "messages": "10000000:1",
        "telemetryMessages": "10000000:1",
        "telemetryDataPoints": "10000000:1",
    }
    assert document == {
        "maxPayloadSize": 65_536,
        "maxInflightMessages": 100,
        "rateLimits": limits,
        "gatewayRateLimits": limits,
    }


def test_a_limit_that_is_off_is_absent(plugin):
    assert answer(plugin, SESSION_LIMITS)["rateLimits"] == {}
    assert answer(plugin, SESSION_LIMITS, points=500)["rateLimits"] == {
        "telemetryDataPoints": "500:1"
    }
