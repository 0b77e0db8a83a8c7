"""The story of a writer that is killed while it sets a corrupt part of ClickHouse aside.

The table is detached for that moment, and ClickHouse continues without it: nothing can be stored.
The next writer attaches it again, and a message that was sent in between is stored.
"""

from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import new_person

START_STATE = "/run/qlines/clickhouse-parts.json"


def test_the_next_writer_attaches_the_table_and_stores_what_was_sent(appliance):
    owner = new_person(appliance, "owner")
    device = owner.new_device()

    appliance.exec_sql("DETACH TABLE points")
    appliance.exec("sh", "-c", f"echo '[true, []]' >{START_STATE}")
    with MqttDevice(appliance, device.token) as mqtt:
        mqtt.client.publish("v1/devices/me/telemetry", '{"level": 7}', qos=1).wait_for_publish(10)
    appliance.kill_program("writer")

    exists = "EXISTS TABLE points"
    stored = f"SELECT number FROM readings WHERE device = '{device.id}' AND key = 'level'"
    eventually(lambda: appliance.numbers(exists) == [1], 60, "the table is attached")
    eventually(lambda: appliance.numbers(stored) == [7], 60, "the message is stored")
    appliance.wait_well(60)
