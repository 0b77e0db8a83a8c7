import json

import pytest

from qlines.downlink.calls import answer
from qlines.errors import InvalidReading


@pytest.mark.parametrize(
    ("topic", "response"),
    [
        ("v1/devices/me/rpc/request/7", "v1/devices/me/rpc/response/7"),
        ("v2/r/req/7", "v2/r/res/7"),
        ("v2/r/req/j/7", "v2/r/res/j/7"),
        ("v2/r/req/-2147483648", "v2/r/res/-2147483648"),
    ],
)
def test_a_method_that_nobody_has_is_answered_at_once(topic, response):
    to, payload = answer(topic, b'{"method": "fly", "params": {}}')

    assert to == response
    assert json.loads(payload) == {
        "error": 'the method "fly" is unknown; these can be called: getTime, getCurrentTime, '
        "getSessionLimits"
    }


def test_a_call_needs_no_params():
    assert answer("v2/r/req/1", b'{"method": "fly"}')[0] == "v2/r/res/1"


@pytest.mark.parametrize(
    ("topic", "payload", "why"),
    [
        ("v2/r/req/x", b'{"method": "fly"}', 'whole number of 32 bits, got "x"'),
        ("v2/r/req/", b'{"method": "fly"}', 'whole number of 32 bits, got ""'),
        ("v2/r/req/2147483648", b'{"method": "fly"}', "whole number of 32 bits"),
        ("v2/r/req/1", b"fly", "not JSON"),
        ("v2/r/req/1", b"", "not JSON"),
        ("v2/r/req/1", b"[1]", "a call must be an object with a method"),
        ("v2/r/req/1", b'{"params": {}}', "a call must be an object with a method"),
        ("v2/r/req/1", b'{"method": ""}', "a call must be an object with a method"),
        ("v2/r/req/1", b"[" * 300 + b"]" * 300, "nested too deep"),
    ],
)
def test_what_is_not_a_call_is_said_to_its_owner(topic, payload, why):
    with pytest.raises(InvalidReading, match=why.replace("[", r"\[")):
        answer(topic, payload)
