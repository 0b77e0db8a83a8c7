"""ThingsBoard's clients ask for their session's limits; its gateway is silent until it knows."""

import json

import pytest

from tests.integration.broker.raw_mqtt import RawDevice

ASK = "v1/devices/me/rpc/request/"
ANSWER = "v1/devices/me/rpc/response/"
QUESTION = b'{"method":"getSessionLimits","params":{"timeout":5000}}'
PUBLISH = 3


def next_message(device, version):
    """Return topic and payload of the next message that the broker sends."""
    body = device.read_type(PUBLISH)
    length = int.from_bytes(body[:2], "big")
    behind_id = 2 + length + 2  # a message id, since it comes with QoS 1
    properties = 1 if version == 5 else 0  # the length byte of no properties
    return body[2 : 2 + length].decode(), json.loads(body[behind_id + properties :])


def test_it_answers_with_the_largest_payload_and_no_rates(connected, version):
    device = connected(version=version)
    device.subscribe(ANSWER + "+")

    device.publish(QUESTION, ASK + "1", qos=0)

    assert next_message(device, version) == (
        ANSWER + "1",
        {
            "maxPayloadSize": 65_536,
            "maxInflightMessages": 100,
            "rateLimits": {},
            "gatewayRateLimits": {},
        },
    )


def test_only_the_one_who_asked_gets_the_answer(broker, connected):
    broker.add_device("neighbour")
    with RawDevice(broker) as neighbour:
        neighbour.connect("neighbour", "neighbour")
        neighbour.subscribe(ANSWER + "+")
        device = connected()
        device.subscribe(ANSWER + "+")

        device.publish(QUESTION, ASK + "7", qos=0)

        assert next_message(device, 4)[0] == ANSWER + "7"
        neighbour.ping()  # its answer would have come before the answer to this


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (ASK + "1", b'{"method":"somethingElse","params":{}}'),
        (ASK + "x", QUESTION),
        (ASK, QUESTION),
        (ASK + "1/2", QUESTION),
        (ASK + "1" * 30, QUESTION),
        (ASK + "1", b""),
        (ASK + "1", QUESTION + b" " * 2_000),
    ],
)
def test_every_other_call_goes_to_the_spool_as_all_messages_do(broker, connected, topic, payload):
    device = connected()

    device.publish(payload, topic, qos=0)

    device.ping()
    assert broker.messages()[-1] == (topic, payload)
