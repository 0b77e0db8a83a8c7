"""The story of what was built for ThingsBoard and is given another address: its SDK, its gateway.

A device on tb-mqtt-client and three meters behind thingsboard-gateway, each as its package has it,
read and report attributes and obey commands. Their connection is cut for ten seconds, and then all
of that works again.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.deadline import eventually, stays
from tests.harness.relay import Relay
from tests.harness.thingsboard_gateway import Meters, ThingsBoardGateway

SDK = Path(sys.prefix) / "thingsboard-sdk"
DEVICE = Path(__file__).with_name("sdk_device.py")
METERS = ["water", "gas", "power"]
CUT_SECONDS = 10


class Wire:
    """The connection to the broker, which can be cut; use it as a context manager."""

    def __init__(self, appliance):
        self._broker = ("127.0.0.1", appliance.mqtt_port)
        self._relay = Relay(self._broker)
        self.port = self._relay.port

    def __enter__(self):
        self._relay.__enter__()
        return self

    def __exit__(self, *error):
        self._relay.__exit__(*error)

    def cut(self, is_away):
        """Cut it for ten seconds, in which is_away() stays true."""
        self._relay.__exit__()
        eventually(is_away, 20, "its connection has ended")
        stays(is_away, CUT_SECONDS, "it is cut off")
        self._relay = Relay(self._broker, port=self.port)
        self._relay.__enter__()


class SdkDevice:
    """The program on tb-mqtt-client; use it as a context manager."""

    def __init__(self, folder, port, token):
        self._output = folder / "output"
        self._arguments = [sys.executable, str(DEVICE), str(port), token]

    def __enter__(self):
        environment = {**os.environ, "PYTHONPATH": str(SDK), "PIP_NO_INDEX": "1"}
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(self._arguments, env=environment, stdout=output)
        return self

    def __exit__(self, *_error):
        self._process.kill()
        self._process.wait()

    def heard(self, kind):
        """Return what it heard of one kind so far."""
        *lines, _unfinished = self._output.read_text().split("\n")
        return [said[kind] for said in map(json.loads, lines) if kind in said]


class Owner:
    """Somebody with devices, who sends commands and sets attributes."""

    def __init__(self, person):
        self.person, self.api = person, person.api

    def answer(self, device, method):
        """Send a command; return what the device answers."""
        path = f"/api/devices/{device.id}/commands"
        sent = self.api.post(path, json={"method": method, "params": {"to": 40}})
        assert sent.status_code == 201, sent.text
        number = sent.json()["number"]

        def answered():
            command = self.api.document(f"{path}/{number}")
            return command["answer"] if command["state"] == "answered" else None

        return eventually(answered, 60, f"{device.name} answers {method}")["json"]

    def set_shared(self, device, **values):
        answer = self.api.patch(f"/api/devices/{device.id}/attributes/shared", json=values)
        assert answer.status_code == 200, answer.text

    def is_away(self, device):
        return not self.api.document(f"/api/devices/{device.id}/presence")["connected"]


@pytest.fixture
def master(owner):
    return Owner(owner)


def test_a_device_on_thingsboards_sdk_works_and_goes_on_after_an_outage(
    killable_appliance, master, tmp_path
):
    pump = master.person.new_device("pump")
    master.set_shared(pump, target=20)
    with (
        Wire(killable_appliance) as wire,
        SdkDevice(tmp_path, wire.port, pump.token) as device,
    ):
        eventually(lambda: device.heard("time"), 30, "its call is answered")
        eventually(lambda: device.heard("asked"), 30, "its request is answered")
        assert device.heard("asked")[0]["shared"] == {"target": 20}
        master.set_shared(pump, target=21)
        eventually(lambda: device.heard("change") == [{"target": 21}], 20, "it is pushed")
        assert master.answer(pump, "open") == {"obeyed": "open"}

        wire.cut(lambda: master.is_away(pump))
        master.set_shared(pump, target=22)

        eventually(lambda: len(device.heard("asked")) == 2, 60, "it asks again")
        assert device.heard("asked")[1] == {
            "client": {"firmware": "v1.2"},
            "shared": {"target": 22},
        }
        assert master.answer(pump, "close") == {"obeyed": "close"}
        master.set_shared(pump, target=23)
        eventually(lambda: device.heard("change")[1:] == [{"target": 23}], 20, "it is pushed")

    assert device.heard("command") == [
        {"method": "open", "params": {"to": 40}},
        {"method": "close", "params": {"to": 40}},
    ]


def test_meters_behind_thingsboards_gateway_work_and_go_on_after_an_outage(
    killable_appliance, master, tmp_path
):
    hub = master.person.new_device("hub", gateway=True)
    devices = [master.person.new_device(name) for name in METERS]

    def obey(method, limit):
        for device in devices:
            assert master.answer(device, method) == {"result": {"value": method}}
            master.set_shared(device, limit=limit)
        written = {(device.name, "limit", str(limit)) for device in devices}
        eventually(lambda: written <= set(meters.set_values), 20, "each meter has its limit")

    with (
        Wire(killable_appliance) as wire,
        Meters(METERS) as meters,
        ThingsBoardGateway(tmp_path, wire.port, hub.token, meters),
    ):
        for device in devices:
            eventually(
                lambda device=device: master.person.value(device, "litres") == 12, 60, "it is read"
            )
        obey("start", 100)

        wire.cut(lambda: master.is_away(hub))

        obey("stop", 200)
        assert master.answer(hub, "gateway_ping") == {"code": 200, "resp": "pong"}
