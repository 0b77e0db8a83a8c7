"""The story of a leaked token: its owner makes a new one, and the old one dies when they say so."""

from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice


def is_let_in(appliance, token):
    with MqttDevice(appliance, token) as mqtt:
        return mqtt.is_connected and mqtt.publish({"x": 1})


def new_token(person, device, **body):
    answer = person.api.post(f"/api/devices/{device.id}/token", json=body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()["token"]


def test_the_old_token_dies_at_once_and_its_connection_with_it(appliance, alice):
    device = alice.new_device()
    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish({"x": 1})

        fresh = new_token(alice, device)

        eventually(lambda: not mqtt.publish({"x": 2}), 5, "the old connection is of no use")
    assert not is_let_in(appliance, device.token)
    eventually(lambda: is_let_in(appliance, fresh), 5, "the new token opens the door")


def test_the_old_token_may_live_on_for_a_while(appliance, alice):
    device = alice.new_device()

    fresh = new_token(alice, device, keep_old_seconds=4)

    eventually(lambda: is_let_in(appliance, fresh), 3, "the new token opens the door")
    assert is_let_in(appliance, device.token)
    eventually(lambda: not is_let_in(appliance, device.token), 10, "the old token dies")
    assert is_let_in(appliance, fresh)


def test_a_token_cannot_be_kept_for_longer_than_a_day(alice):
    device = alice.new_device()

    answer = alice.api.post(f"/api/devices/{device.id}/token", json={"keep_old_seconds": 86_401})

    assert answer.status_code in (400, 422)
    assert "keep_old_seconds" in answer.text
