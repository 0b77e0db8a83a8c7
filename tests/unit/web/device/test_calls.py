"""What a device is answered that calls a method over HTTP: the same as over MQTT."""

import json

import pytest

from qlines.web.device.calls import answer
from qlines.web.device.limits import Limits

LIMITS = Limits(10, 500, 0, 0)
NOW_US = 1_800_000_000_123_456


def answered(method, limits=LIMITS):
    return json.loads(answer(method, limits, NOW_US))


@pytest.mark.parametrize("method", ["getTime", "getCurrentTime"])
def test_the_time_is_a_bare_number_of_milliseconds(method):
    assert answered(method) == 1_800_000_000_123


def test_the_limits_of_the_device_are_in_both_places_where_clients_look():
    limits = {"messages": "10:1", "telemetryMessages": "10:1", "telemetryDataPoints": "500:1"}

    assert answered("getSessionLimits") == {
        "maxPayloadSize": 65_536,
        "maxInflightMessages": 100,
        "rateLimits": limits,
        "gatewayRateLimits": limits,
    }


def test_a_limit_that_is_off_is_absent():
    document = answered("getSessionLimits", Limits(0, 500, 10, 10))

    assert document["rateLimits"] == {"telemetryDataPoints": "500:1"}


def test_another_method_is_for_somebody_else():
    assert answer("getWeather", LIMITS, NOW_US) is None
