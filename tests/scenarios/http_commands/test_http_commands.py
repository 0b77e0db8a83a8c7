"""The story of a device that speaks HTTP only, and of a script that was written for ThingsBoard.

The device waits for commands and for changes of its attributes by long polls, answers by POST, and
asks for the time. The script calls a method and gets the device's answer as its own.
"""

import json
import threading
import time

import pytest
import requests

from tests.harness.deadline import PATIENCE, eventually, stays
from tests.harness.obedient_device import ObedientDevice
from tests.harness.recovery import Recovery

MINUTE_MS = 60_000


class HttpDevice:
    """A device that knows its token and HTTP."""

    def __init__(self, appliance, token):
        self._appliance, self._token = appliance, token

    def get(self, path, **query):
        return requests.get(self._url(path), params=query, timeout=90)

    def post(self, path, body):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return requests.post(self._url(path), data=data, timeout=30)

    def poll(self, path="rpc", timeout_ms=MINUTE_MS):
        """Begin to poll, and return what it will be answered."""
        return Promise(lambda: self.get(path, timeout=timeout_ms))

    def _url(self, path):
        return self._appliance.url(f"/api/v1/{self._token}/{path}")


class Promise:
    """The answer to a request that is under way."""

    def __init__(self, ask):
        self._answers = []
        self._thread = threading.Thread(target=lambda: self._answers.append(ask()), daemon=True)
        self._thread.start()

    @property
    def is_there(self):
        return bool(self._answers)

    def get(self, seconds=30):
        eventually(lambda: self._answers, seconds, "it is answered")
        return self._answers[0]


class Owner:
    """Somebody who sends commands to one device, and sees what becomes of them."""

    def __init__(self, person, device):
        self.api, self.person, self.device = person.api, person, device

    def send(self, method="open", params=None, **more):
        path = f"/api/devices/{self.device.id}/commands"
        answer = self.api.post(path, json={"method": method, "params": params, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()["number"]

    def command(self, number):
        return self.api.document(f"/api/devices/{self.device.id}/commands/{number}")

    def until(self, number, state, seconds=20):
        eventually(lambda: self.command(number)["state"] == state, seconds, f"{number} is {state}")
        return self.command(number)

    def set_shared(self, **values):
        path = f"/api/devices/{self.device.id}/attributes/shared"
        answer = self.api.patch(path, json=values)
        assert answer.status_code == 200, answer.text

    def call(self, kind, timeout_ms=20_000, version="/api/rpc", **more):
        """Call a method as ThingsBoard's scripts do, with its header."""
        body = {"method": "open", "params": {"percent": 40}, "timeout": timeout_ms, **more}
        return requests.post(
            self.person.appliance.url(f"{version}/{kind}/{self.device.id}"),
            json=body,
            headers={"X-Authorization": f"Bearer {self.person.key}"},
            timeout=90,
        )


@pytest.fixture
def pump(owner):
    return owner.new_device("pump")


@pytest.fixture
def device(killable_appliance, pump):
    return HttpDevice(killable_appliance, pump.token)


@pytest.fixture
def master(owner, pump):
    return Owner(owner, pump)


def waits(promise):
    """Assert that a poll is not answered for a moment."""
    stays(lambda: not promise.is_there, 1, "it waits")
    return promise


def test_a_device_polls_obeys_and_answers(device, master):
    poll = waits(device.poll())
    sent_at = time.monotonic()
    number = master.send("open", {"percent": 40})

    answer = poll.get()
    assert time.monotonic() - sent_at < 5 * PATIENCE, "it is woken, and does not ask now and then"
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json() == {"id": number, "method": "open", "params": {"percent": 40}}
    delivered = master.command(number)
    assert (delivered["state"], delivered["attempts"]) == ("delivered", 1)

    assert device.post(f"rpc/{number}", {"opened": 40}).status_code == 200

    answered = master.until(number, "answered")
    assert answered["answer"] == {"json": {"opened": 40}}


def test_what_waited_comes_one_by_one_and_in_order(device, master):
    numbers = [master.send(method) for method in ("one", "two", "three")]

    assert [device.get("rpc").json()["id"] for _ in numbers] == numbers
    assert device.get("rpc", timeout=100).status_code == 408


def test_in_order_the_next_one_wakes_the_device_once_the_first_is_answered(device, master):
    changed = master.api.patch(f"/api/devices/{master.device.id}", json={"commands_in_order": True})
    assert changed.status_code == 200, changed.text
    first, second = master.send("one"), master.send("two")
    assert device.get("rpc").json()["id"] == first
    poll = waits(device.poll())

    device.post(f"rpc/{first}", {})

    assert poll.get().json()["id"] == second


def test_of_two_polls_of_a_device_the_older_ends(device, master):
    older = waits(device.poll())
    newer = device.poll()

    ended = older.get()
    assert (ended.status_code, ended.content) == (408, b"")
    number = master.send()
    assert newer.get().json()["id"] == number


def test_cancelled_and_expired_commands_do_not_come(device, master):
    cancelled, expired = master.send(), master.send(expires_in_seconds=1)
    master.api.delete(f"/api/devices/{master.device.id}/commands/{cancelled}")
    master.until(expired, "expired")

    assert device.get("rpc", timeout=100).status_code == 408


def test_a_command_goes_to_the_poll_or_to_mqtt_and_not_to_both(
    killable_appliance, device, master, pump
):
    with ObedientDevice(killable_appliance, pump.token) as listening:
        poll = waits(device.poll())
        numbers = [master.send() for _ in range(10)]
        for number in numbers:
            # The poll may be answered a moment after the command is delivered.
            done = eventually(
                lambda one=number: done_by(poll, master.command(one)), 20, "a command is done"
            )
            assert done["attempts"] == 1
        by_http = [poll.get().json()["id"]] if poll.is_there else []

    assert sorted([*listening.numbers, *by_http]) == numbers


def test_what_came_by_mqtt_and_was_not_acknowledged_wakes_the_poll(
    killable_appliance, device, master, pump
):
    with ObedientDevice(
        killable_appliance, pump.token, lambda *_: None, acknowledges=False
    ) as listening:
        number = master.send()
        eventually(lambda: listening.numbers == [number], 20, "it comes by MQTT")
        poll = waits(device.poll())

    assert poll.get(10).json()["id"] == number


def done_by(poll, command):
    """Return the command once it is answered, or delivered by the poll; None until then."""
    number, state = command["number"], command["state"]
    is_polled = state == "delivered" and poll.is_there and poll.get().json()["id"] == number
    return command if is_polled or state == "answered" else None


def test_a_device_asks_for_the_time_and_its_limits(device):
    now = device.post("rpc", {"method": "getTime", "params": {}})
    limits = device.post("rpc", {"method": "getSessionLimits", "params": {}})
    unknown = device.post("rpc", {"method": "getWeather", "params": {}})

    assert abs(now.json() / 1000 - time.time()) < 60
    assert limits.json()["maxPayloadSize"] == 65_536
    assert "unknown" in unknown.json()["error"]


def test_a_device_is_told_each_change_of_its_attributes(device, master):
    poll = waits(device.poll("attributes/updates"))
    master.set_shared(interval=60, mode="eco")
    assert poll.get().json() == {"interval": 60, "mode": "eco"}

    master.set_shared(interval=10)
    deleted = master.api.delete(f"/api/devices/{master.device.id}/attributes/shared?keys=mode")
    assert deleted.status_code == 200, deleted.text

    told = [device.get("attributes/updates").json() for _ in range(2)]
    assert told == [{"interval": 10}, {"deleted": ["mode"]}]


def test_a_client_may_try_its_connection_with_nothing(device, master):
    assert device.post("telemetry", {}).status_code == 200
    stays(lambda: master.person.rejected(master.device) == [], 2, "there is nothing to reject")


def test_a_device_that_is_removed_while_it_polls_is_told_so(device, master):
    poll = waits(device.poll())

    removed = master.api.delete(f"/api/devices/{master.device.id}")

    assert removed.status_code == 204, removed.text
    answer = poll.get(10)
    assert answer.status_code == 403
    assert "Device was deleted!" in answer.text


@pytest.mark.parametrize("program", ["registry", pytest.param("mongodb", marks=pytest.mark.long)])
def test_a_poll_outlives_the_death_of_what_it_needs(killable_appliance, device, master, program):
    poll = waits(device.poll())

    Recovery(killable_appliance, program).hurt("KILL").wait(30)
    number = master.send()

    assert poll.get(40).json()["id"] == number


def test_a_script_for_thingsboard_gets_the_devices_answer(device, master):
    call = Promise(lambda: master.call("twoway"))
    command = device.get("rpc").json()
    assert (command["method"], command["params"]) == ("open", {"percent": 40})

    device.post(f"rpc/{command['id']}", {"opened": 40})

    answer = call.get()
    assert (answer.status_code, answer.json()) == (200, {"opened": 40})


def test_a_one_way_call_ends_when_the_device_has_it(device, master):
    call = waits(Promise(lambda: master.call("oneway")))

    device.get("rpc")

    assert (call.get().status_code, call.get().content) == (200, b"")


def test_an_answer_that_is_no_json_is_406(device, master):
    call = Promise(lambda: master.call("twoway"))

    device.post(f"rpc/{device.get('rpc').json()['id']}", b"it is open")

    assert call.get().status_code == 406


@pytest.mark.parametrize(
    ("version", "not_there", "silent"), [("/api/rpc", 504, 504), ("/api/plugins/rpc", 409, 408)]
)
def test_a_call_that_nobody_answers_ends_with_thingsboards_status(
    device, master, version, not_there, silent
):
    assert master.call("twoway", 5_000, version).status_code == not_there

    call = Promise(lambda: master.call("twoway", 5_000, version))
    device.get("rpc")

    assert call.get().status_code == silent


def test_a_persistent_call_can_be_looked_up_and_deleted(device, master):
    rpc_id = master.call("twoway", persistent=True).json()["rpcId"]
    number = device.get("rpc").json()["id"]
    device.post(f"rpc/{number}", {"opened": 40})
    master.until(number, "answered")

    record = master.api.document(f"/api/rpc/persistent/{rpc_id}")
    path = f"/api/rpc/persistent/device/{master.device.id}"
    listed = master.api.document(path, pageSize=10, page=0, rpcStatus="SUCCESSFUL")
    deleted = master.api.delete(f"/api/rpc/persistent/{rpc_id}")

    assert (record["status"], record["response"]) == ("SUCCESSFUL", {"opened": 40})
    assert [one["id"]["id"] for one in listed["data"]] == [rpc_id]
    assert deleted.status_code == 200
    assert master.api.get(f"/api/rpc/persistent/{rpc_id}").status_code == 404
