"""Time from publishing a value until it is visible, at 500 messages a second."""

import threading
import time

from tests.bench.bench import Bench
from tests.bench.percentile import percentile
from tests.bench.senders import import_devices, load
from tests.harness.appliance import Appliance
from tests.harness.live_page import LivePage
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import Device, Person, new_person

PROBES = 300
PAUSE_SECONDS = 0.05
LOST_AFTER_SECONDS = 10


def measure(bench: Bench) -> dict[str, float]:
    """Publish probes from one device; wait for each in the API, then on the socket."""
    with bench.appliance() as appliance:
        owner = new_person(appliance, "latency")
        tokens = import_devices(appliance, new_person(appliance, "bench"), 500)
        device = owner.new_device()
        seconds = 2 * PROBES * (PAUSE_SECONDS + 0.1) + 20
        sender = load(
            bench, appliance, tokens, connections=500, rate=500, seconds=seconds, points=3
        )
        try:
            api = _api_milliseconds(appliance, owner, device)
            socket = _socket_milliseconds(appliance, owner, device)
        finally:
            sender.stop()
    return {
        "api_p50_ms": percentile(api, 50),
        "api_p95_ms": percentile(api, 95),
        "socket_p95_ms": percentile(socket, 95),
    }


def _api_milliseconds(appliance: Appliance, owner: Person, device: Device) -> list[float]:
    with MqttDevice(appliance, device.token) as mqtt:
        return [until_visible(owner, device, mqtt, number) for number in range(1, PROBES)]


def until_visible(owner: Person, device: Device, mqtt: MqttDevice, number: int) -> float:
    """Publish a number, and return the milliseconds until it is in /api/data."""
    time.sleep(PAUSE_SECONDS)
    started = time.perf_counter()
    mqtt.client.publish("v1/devices/me/telemetry", f'{{"probe": {number}}}', qos=1)
    while owner.value(device, "probe") != number:
        if time.perf_counter() - started > LOST_AFTER_SECONDS:
            raise TimeoutError(f"probe {number} is not in /api/data after {LOST_AFTER_SECONDS} s")
    return 1000 * (time.perf_counter() - started)


def _socket_milliseconds(appliance: Appliance, owner: Person, device: Device) -> list[float]:
    arrived, times = threading.Event(), []
    with (
        LivePage(owner.browser(), appliance.url("/")) as page,
        MqttDevice(appliance, device.token) as mqtt,
    ):
        page.socket.on("readings", lambda _event: arrived.set())
        page.watch(device)
        time.sleep(1)  # `live` reads the watched devices twice a second
        for number in range(PROBES):
            time.sleep(PAUSE_SECONDS)
            arrived.clear()
            started = time.perf_counter()
            mqtt.client.publish("v1/devices/me/telemetry", f'{{"probe": {number}}}', qos=1)
            if not arrived.wait(LOST_AFTER_SECONDS):
                raise TimeoutError(f"probe {number} was not received over the socket")
            times.append(1000 * (time.perf_counter() - started))
    return times
