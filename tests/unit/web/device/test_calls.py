"""What a device is answered that calls a method over HTTP: the same as over MQTT."""

import json

import pytest

from qlines.errors import InvalidReading
from qlines.web.device.calls import answer
from qlines.web.device.limits import Limits

LIMITS = Limits(10, 500, 0, 0)
NOW_US = 1_800_000_000_123_456


def answered(payload, limits=LIMITS):
    return json.loads(answer(payload, limits, NOW_US))


@pytest.mark.parametrize("method", ["getTime", "getCurrentTime"])
@pytest.mark.parametrize("more", ["", ',"params":{}', ',"params":null'])
def test_the_time_is_a_bare_number_of_milliseconds(method, more):
    assert answered(f'{{"method":"{method}"{more}}}'.encode()) == 1_800_000_000_123


def test_the_limits_of_the_device_are_in_both_places_where_clients_look():
    limits = {"messages": "10:1", "telemetryMessages": "10:1", "telemetryDataPoints": "500:1"}

    assert answered(b'{"method":"getSessionLimits","params":{"timeout":5000}}') == {
        "maxPayloadSize": 65_536,
        "maxInflightMessages": 100,
        "rateLimits": limits,
        "gatewayRateLimits": limits,
    }


def test_a_limit_that_is_off_is_absent():
    document = answered(b'{"method":"getSessionLimits"}', Limits(0, 500, 10, 10))

    assert document["rateLimits"] == {"telemetryDataPoints": "500:1"}


def test_another_method_is_unknown_and_those_that_exist_are_named():
    error = answered(b'{"method":"getWeather","params":[1]}')["error"]

    assert '"getWeather" is unknown' in error
    assert "getCurrentTime" in error


@pytest.mark.parametrize("payload", [b"", b"{", b"5", b"[]", b"{}", b'{"method":1}'])
def test_what_is_no_call_is_said_to_be_none(payload):
    with pytest.raises(InvalidReading, match=r"send an object such as|must be an object"):
        answer(payload, LIMITS, NOW_US)
