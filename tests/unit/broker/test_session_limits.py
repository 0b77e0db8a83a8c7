"""Which messages call ThingsBoard's getSessionLimits."""

import ctypes
import json

import pytest

from tests.unit.broker.test_options import Options

TOPIC = "v1/devices/me/rpc/request/"
CALL = b'{"method":"getSessionLimits","params":{}}'


@pytest.fixture
def request_id(plugin):
    plugin.session_limits_request.restype = ctypes.c_char_p

    def id_of(topic: str, payload: bytes | None) -> str | None:
        found = plugin.session_limits_request(
            topic.encode(), payload, ctypes.c_size_t(len(payload or b""))
        )
        return found.decode() if found is not None else None

    return id_of


def test_it_returns_the_id_of_a_call(request_id):
    assert request_id(TOPIC + "1", CALL) == "1"
    assert request_id(TOPIC + "9" * 20, CALL) == "9" * 20


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (TOPIC, CALL), (TOPIC + "x", CALL), (TOPIC + "1/2", CALL), (TOPIC + "1" * 21, CALL),
        ("v1/devices/me/telemetry", CALL), (TOPIC + "1", None), (TOPIC + "1", b'{"method":"x"}'),
        (TOPIC + "1", CALL + b" " * 1024),
    ],
)  # fmt: skip
def test_every_other_message_is_not_a_call(request_id, topic, payload):
    assert request_id(topic, payload) is None


def response(plugin, messages, points):
    buffer = ctypes.create_string_buffer(512)
    options = Options(device_messages_per_second=messages, device_points_per_second=points)
    plugin.session_limits_response(buffer, ctypes.byref(options))
    return json.loads(buffer.value)


def test_the_response_has_the_limits_of_a_device_in_both_places(plugin):
    document = response(plugin, 10_000_000, 10_000_000)

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
    assert response(plugin, 0, 0)["rateLimits"] == {}
    assert response(plugin, 0, 500)["rateLimits"] == {"telemetryDataPoints": "500:1"}
