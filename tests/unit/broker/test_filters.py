"""Topic filters: a device may subscribe to what ThingsBoard sends to devices, to nothing else."""

import ctypes

import pytest


@pytest.fixture
def is_allowed(plugin):
    plugin.filter_is_allowed.restype = ctypes.c_bool
    plugin.filter_is_allowed.argtypes = [ctypes.c_char_p]
    return lambda topic: plugin.filter_is_allowed(topic.encode())


@pytest.mark.parametrize(
    "topic",
    [
        "v1/devices/me/attributes",
        "v1/devices/me/rpc/request/+",
        "v1/devices/me/rpc/request/12",
        "v1/devices/me/attributes/response/+",
        "v1/gateway/rpc",
        "v2/a",
        "v2/fw/response/+/chunk/+",
    ],
)
def test_it_allows_what_is_sent_to_a_device(is_allowed, topic):
    assert is_allowed(topic)


@pytest.mark.parametrize(
    "topic",
    [
        "", "/", "+", "#", "v1", "v1/devices/me", "v1/devices/me/attributes/",
        "/v1/devices/me/attributes", "v1/devices/+/attributes", "v1/devices/me/rpc/request/",
        "v1/devices/me/rpc/request/#", "v1/devices/me/rpc/request/1/2", "v1/gateway/#",
        "V1/devices/me/attributes", "v2/fw/response/+/chunk", "v2/fw/response//chunk/+",
        "$share/x/v1/devices/me/attributes",
    ],
)  # fmt: skip
def test_it_allows_nothing_else(is_allowed, topic):
    assert not is_allowed(topic)
