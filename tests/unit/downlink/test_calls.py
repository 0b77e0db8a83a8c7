import pytest

from qlines.downlink.calls import MethodCall, Reply, call_in, reply_to, unknown
from qlines.errors import InvalidReading


@pytest.mark.parametrize(
    ("topic", "reply"),
    [
        ("v1/devices/me/rpc/request/7", Reply("v1/devices/me/rpc/response/7", 7)),
        ("v2/r/req/7", Reply("v2/r/res/7", 7)),
        ("v2/r/req/j/7", Reply("v2/r/res/j/7", 7)),
        ("v2/r/req/-2147483648", Reply("v2/r/res/-2147483648", -(2**31))),
    ],
)
def test_a_call_is_answered_under_its_number(topic, reply):
    assert reply_to(topic) == reply


@pytest.mark.parametrize(
    ("payload", "called"),
    [
        (b'{"method": "fly", "params": [1]}', MethodCall("fly", [1])),
        (b'{"method": "fly"}', MethodCall("fly", None)),
    ],
)
def test_a_call_needs_no_params(payload, called):
    assert call_in(payload) == called


def test_a_method_that_nobody_has_is_named_with_those_that_exist():
    error = unknown("fly")

    assert 'the method "fly" is unknown' in error
    assert "getTime, getCurrentTime, getSessionLimits" in error
    assert "webhook" in error


@pytest.mark.parametrize("number", ["x", "", "2147483648"])
def test_a_topic_without_a_number_is_said_to_its_owner(number):
    with pytest.raises(InvalidReading, match="whole number of 32 bits, got"):
        reply_to(f"v2/r/req/{number}")


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"fly", "not JSON"),
        (b"", "not JSON"),
        (b"[1]", "a call must be an object with a method"),
        (b"5", "a call must be an object with a method"),
        (b'{"params": {}}', "a call must be an object with a method"),
        (b'{"method": ""}', "a call must be an object with a method"),
        (b'{"method": 1}', "a call must be an object with a method"),
        (b"[" * 300 + b"]" * 300, "nested too deep"),
        (b'{"method": "fly", "params": ' + b"[" * 253 + b"]" * 253 + b"}", "at most 250 levels"),
    ],
)
def test_what_is_not_a_call_is_said_to_its_owner(payload, why):
    with pytest.raises(InvalidReading, match=why):
        call_in(payload)
