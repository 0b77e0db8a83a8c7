"""Which messages of a device are requests."""

import ctypes

import pytest


@pytest.fixture
def is_request(plugin):
    plugin.request_is.restype = ctypes.c_bool
    return lambda topic: plugin.request_is(topic.encode())


@pytest.mark.parametrize(
    "topic",
    [
        "v1/devices/me/attributes/request/1",
        "v1/devices/me/rpc/request/2147483647",
        "v1/gateway/attributes/request",
        "v2/a/req/1",
        "v2/a/req/j/1",
        "v2/r/req/1",
        "v2/r/req/j/1",
        "v2/r/req/" + "1" * 64,
    ],
)
def test_it_asks_for_an_answer(is_request, topic):
    assert is_request(topic)


@pytest.mark.parametrize(
    "topic",
    [
        "", "v1/devices/me/telemetry", "v1/devices/me/attributes", "v2/a", "v2/r/res/1",
        "v1/devices/me/rpc/response/1", "v1/devices/me/rpc/request", "v1/devices/me/rpc/request/",
        "v1/devices/me/rpc/request/1/2", "v1/devices/me/rpc/request//", "v2/a/req/p/1",
        "v2/r/req/j/", "v1/devices/me/claim", "v1/gateway/claim",
        "v1/gateway/attributes/request/1", "/v2/a/req/1", "v2/r/req/" + "1" * 65,
        "$CONTROL/v2/a/req/1",
    ],
)  # fmt: skip
def test_every_other_message_is_stored(is_request, topic):
    assert not is_request(topic)
