"""The story of old readings: the retention job deletes what is older than QLINES_RETENTION_DAYS.

Within 30 s after the job was queued the old reading is gone.
"""

import time

from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice

RUN_NOW = """
from redis import Redis
from rq import Queue
from qlines.jobs.queue import QUEUE, RETENTION
Queue(QUEUE, connection=Redis()).enqueue(RETENTION)
"""


def test_old_readings_are_deleted_and_recent_ones_stay(appliance, alice):
    device = alice.new_device()
    now_ms = int(time.time() * 1000)
    old_ms = now_ms - 800 * 86_400_000
    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish({"ts": old_ms, "values": {"x": 1}})
        assert mqtt.publish({"x": 2})

    def values():
        path = f"/api/devices/{device.id}/readings"
        span = {"from": old_ms - 1000, "to": now_ms + 60_000}
        return [item[1] for item in alice.api.document(path, keys="x", agg="none", **span)["x"]]

    eventually(lambda: values() == [1, 2], 5, "both readings are stored")

    appliance.exec("python3", "-c", RUN_NOW)

    eventually(lambda: values() == [2], 30, "the old reading is gone, the recent one is not")
