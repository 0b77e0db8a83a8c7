"""A device that listens for commands and answers them."""

import json
from typing import Any, NamedTuple

from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice

REQUESTS = "v1/devices/me/rpc/request/+"
REQUEST, RESPONSE = "v1/devices/me/rpc/request/", "v1/devices/me/rpc/response/"


class Received(NamedTuple):
    """A command as it reached the device."""

    number: int
    method: str
    params: Any


def listen(device: MqttDevice) -> None:
    """Let a connected device subscribe to its commands."""
    device.subscribe(REQUESTS)


def commands_of(device: MqttDevice) -> list[Received]:
    """Return the commands that the device has received, in their order."""
    found = []
    for topic, payload in device.received:
        if topic.startswith(REQUEST):
            body = json.loads(payload)
            number = int(topic.removeprefix(REQUEST))
            found.append(Received(number, body["method"], body["params"]))
    return found


def await_command(device: MqttDevice, method: str) -> Received:
    """Return the command of this name, once the device has received it."""

    def received() -> list[Received]:
        return [command for command in commands_of(device) if command.method == method]

    eventually(lambda: bool(received()), 15, f"the device receives {method}")
    return received()[-1]


def answer(device: MqttDevice, command: Received, body: Any) -> None:
    """Let the device answer; text is sent as it is, anything else as JSON."""
    device.publish(body, topic=f"{RESPONSE}{command.number}")
