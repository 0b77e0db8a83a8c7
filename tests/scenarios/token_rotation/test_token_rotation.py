"""The story of a leaked token: the owner rotates it, and the old one expires when they choose.

Within 5 s the new token is accepted and the old one refused. A grace period of 4 s ends within
10 s.
"""

from tests.harness.deadline import PATIENCE, eventually
from tests.harness.mqtt_device import MqttDevice

GRACE_SECONDS = 4


def is_accepted(appliance, token):
    with MqttDevice(appliance, token) as mqtt:
        return mqtt.is_connected and mqtt.publish({"x": 1})


def new_token(person, device, **body):
    answer = person.api.post(f"/api/devices/{device.id}/token", json=body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()["token"]


def test_the_old_token_is_refused_at_once_and_its_connection_closed(appliance, alice):
    device = alice.new_device()
    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish({"x": 1})

        fresh = new_token(alice, device)

        eventually(lambda: not mqtt.publish({"x": 2}), 5, "the old connection is closed")
    assert not is_accepted(appliance, device.token)
    eventually(lambda: is_accepted(appliance, fresh), 5, "the new token is accepted")


def test_the_old_token_is_accepted_during_the_grace_period(appliance, alice):
    device = alice.new_device()

    fresh = new_token(alice, device, keep_old_seconds=round(GRACE_SECONDS * PATIENCE))

    eventually(lambda: is_accepted(appliance, fresh), 3, "the new token is accepted")
    assert is_accepted(appliance, device.token)
    eventually(lambda: not is_accepted(appliance, device.token), 10, "the old token is refused")
    assert is_accepted(appliance, fresh)


def test_the_grace_period_is_at_most_one_day(alice):
    device = alice.new_device()

    answer = alice.api.post(f"/api/devices/{device.id}/token", json={"keep_old_seconds": 86_401})

    assert answer.status_code in (400, 422)
    assert "keep_old_seconds" in answer.text
