"""getSessionLimits: ThingsBoard's gateway publishes nothing before it has the response."""

import json

import pytest

from tests.integration.broker.raw_mqtt import RawDevice

REQUEST = "v1/devices/me/rpc/request/"
RESPONSE = "v1/devices/me/rpc/response/"
CALL = b'{"method":"getSessionLimits","params":{"timeout":5000}}'
PUBLISH = 3


def next_message(device, version):
    """Return topic and payload of the next message that the broker sends."""
    body = device.read_type(PUBLISH)
    length = int.from_bytes(body[:2], "big")
    payload_at = 2 + length + 2  # after the message id, since it comes with QoS 1
    properties = 1 if version == 5 else 0  # the length byte of no properties
    return body[2 : 2 + length].decode(), json.loads(body[payload_at + properties :])


LIMITS = {
    "messages": "2000:1",
    "telemetryMessages": "2000:1",
    "telemetryDataPoints": "20000:1",
}


def test_it_answers_with_the_limits_of_a_device(connected, version):
    device = connected(version=version)
    device.subscribe(RESPONSE + "+")

    device.publish(CALL, REQUEST + "1", qos=0)

    assert next_message(device, version) == (
        RESPONSE + "1",
        {
            "maxPayloadSize": 65_536,
            "maxInflightMessages": 100,
            "rateLimits": LIMITS,
            "gatewayRateLimits": LIMITS,
        },
    )


def test_only_the_client_that_asked_gets_the_response(broker, connected):
    broker.add_device("neighbour")
    with RawDevice(broker) as neighbour:
        neighbour.connect("neighbour", "neighbour")
        neighbour.subscribe(RESPONSE + "+")
        device = connected()
        device.subscribe(RESPONSE + "+")

        device.publish(CALL, REQUEST + "7", qos=0)

        assert next_message(device, 4)[0] == RESPONSE + "7"
        neighbour.ping()  # a response would come before the PINGRESP


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (REQUEST + "1", b'{"method":"somethingElse","params":{}}'),
        (REQUEST + "x", CALL),
        (REQUEST + "1" * 30, CALL),
        (REQUEST + "1", b""),
        (REQUEST + "1", CALL + b" " * 2_000),
    ],
)
def test_every_other_call_is_not_answered_by_the_broker(broker, connected, topic, payload):
    device = connected()
    device.subscribe(RESPONSE + "+")

    device.publish(payload, topic, qos=0)

    device.ping()  # a response would come before the PINGRESP
    broker.wait_for_heartbeat()
    assert broker.counter("session_limits_answers") == 0
