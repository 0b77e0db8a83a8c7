"""The story of maintenance: the operator drains an appliance, works on it, and resumes.

From the drain on, /health/ready answers 503 with the reason, so a proxy sends users elsewhere. A
request that runs ends as usual, no device message is refused, and neither a restart of the
health checker nor one of the container, which stops with status 0, ends the drain.
"""

import threading

import pytest
import requests

from tests.harness.deadline import PATIENCE, eventually
from tests.harness.docker import CommandError
from tests.harness.mqtt_device import MqttDevice


def ready(appliance):
    return appliance.health("ready")


def test_a_drained_appliance_sends_users_elsewhere_and_serves_its_devices(
    killable_appliance, owner
):
    appliance = killable_appliance
    device = owner.new_device()
    # A request whose body is not complete yet is one that runs.
    begun, go_on = threading.Event(), threading.Event()

    def body():
        yield b'{"x": '
        begun.set()
        go_on.wait(60 * PATIENCE)
        yield b"1}"

    url = appliance.url(f"/api/v1/{device.token}/telemetry")
    answers = []
    running = threading.Thread(
        target=lambda: answers.append(requests.post(url, data=body(), timeout=60 * PATIENCE))
    )
    running.start()
    assert begun.wait(10 * PATIENCE)

    drained = appliance.cli("drain", "--reason", "new disk")

    assert (drained["draining"], drained["reason"]) == (True, "new disk")
    assert ready(appliance).status_code == 503
    assert ready(appliance).json() == {"status": "draining", "reason": "new disk"}
    assert appliance.health("deep").json()["maintenance"]["reason"] == "new disk"
    go_on.set()
    running.join()
    assert answers[0].status_code == 200
    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish({"x": 2})
    eventually(lambda: owner.value(device, "x") == 2, 30, "the message is stored")
    appliance.exec("/opt/qlines/appliance/is_ready")  # Docker calls it healthy

    killed = appliance.kill_program("healthd")
    appliance.wait_for_program("healthd", other_than=killed)
    eventually(
        lambda: ready(appliance).json()["status"] == "draining", 30, "healthd still says draining"
    )
    appliance.stop()
    assert appliance.inspect("{{.State.ExitCode}}") == "0"
    appliance.start_again()
    eventually(
        lambda: ready(appliance).json()["status"] == "draining", 60, "it still says draining"
    )
    with pytest.raises(CommandError, match="must have 1 to 200 printable characters"):
        appliance.exec("qlines", "drain", "--reason", "")

    assert appliance.cli("resume") == {"draining": False}
    appliance.wait_ready()
