"""The story of an export: an owner requests the readings of a device and downloads a CSV file."""

import csv
import io
import time

from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice


def exported(person, body):
    answer = person.api.post("/api/exports", json=body)
    assert answer.status_code == 202, answer.text
    path = f"/api/exports/{answer.json()['id']}"
    done = eventually(
        lambda: (export := person.api.document(path))["state"] in ("done", "failed") and export,
        30, "the export is finished",
    )  # fmt: skip
    assert done["state"] == "done", done
    return done["url"]


def test_an_owner_gets_every_reading_that_was_requested(appliance, alice):
    device = alice.new_device()
    start_ms = int(time.time() * 1000) - 100_000
    messages = [{"ts": start_ms + i, "values": {"a": i, "b": f"x,{i}", "c": 1}} for i in range(50)]
    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish(messages)
    eventually(lambda: len(alice.history(device, "a")) == 50, 5, "the readings are stored")

    url = exported(
        alice,
        {
            "device": device.id, "keys": ["a", "b"], "format": "csv",
            "from": start_ms, "to": start_ms + 49,
        },
    )  # fmt: skip
    text = alice.api.get(url).text

    rows = list(csv.reader(io.StringIO(text)))
    flat = [cell for row in rows for cell in row]
    assert "x,30" in flat
    assert "c" not in flat
    assert sum(cell.startswith("x,") for cell in flat) in (49, 50)


def test_another_user_cannot_download_the_file(appliance, alice, bob):
    device = alice.new_device()
    now_ms = int(time.time() * 1000)
    url = exported(
        alice,
        {
            "device": device.id, "keys": ["a"], "format": "csv",
            "from": now_ms - 1000, "to": now_ms,
        },
    )  # fmt: skip

    assert bob.api.get(url).status_code == 404


def test_a_formula_in_a_value_is_escaped(appliance, alice):
    device = alice.new_device()
    now_ms = int(time.time() * 1000)
    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish({"word": "=HYPERLINK(1)"})
    eventually(lambda: alice.history(device, "word"), 5, "the reading is stored")

    body = {"device": device.id, "keys": ["word"], "format": "csv"}
    url = exported(alice, body | {"from": now_ms - 60_000, "to": now_ms + 60_000})
    cells = [cell for row in csv.reader(io.StringIO(alice.api.get(url).text)) for cell in row]

    assert not any(cell.startswith("=") for cell in cells)
    assert any("HYPERLINK" in cell for cell in cells)
