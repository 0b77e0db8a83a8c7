"""The story of a command: an owner calls a method, the device obeys, and each step is seen.

Devices listen, sleep, come back, acknowledge nothing, answer late, twice and for others. Each
program that a command passes is killed while 200 commands are under way: each of them is answered
within two minutes, with the number that it had.
"""

import itertools
import json

import pytest
import requests

from tests.harness.deadline import eventually, stays
from tests.harness.mqtt_device import MqttDevice
from tests.harness.obedient_device import ObedientDevice
from tests.harness.people import new_person
from tests.harness.recovery import Recovery

KILLED = ("registry", "mongodb", "gunicorn")
# In every run test_reported_faults kills the broker with a command on its way, and killed_programs
# kills ingest under load.
KILLED_ELSEWHERE = ("mosquitto", "ingest")
DEVICES, COMMANDS_EACH = 10, 20


@pytest.mark.parametrize("topics", ["v1/devices/me/rpc/request/+", "v2/r/req/+", "v2/r/req/j/+"])
@pytest.mark.parametrize("qos", [0, 1])
def test_a_device_obeys_and_its_owner_sees_every_step(
    killable_appliance, control, pump, topics, qos
):
    obey = {"open": lambda to: {"opened": to}}
    with ObedientDevice(
        killable_appliance,
        pump.token,
        lambda method, params: obey[method](params),
        requests=topics,
        qos=qos,
    ) as device:
        number = control.send(pump, "open", {"percent": 40})

        command = control.until(pump, number, "answered")

    assert device.calls == [(number, "open", {"percent": 40})]
    assert command["answer"] == {"json": {"opened": {"percent": 40}}}
    assert command["created_at"] <= command["sent_at"] <= command["answered_at"]
    assert command["attempts"] == 1


def test_one_that_wants_no_answer_ends_when_the_device_has_it(killable_appliance, control, pump):
    with ObedientDevice(killable_appliance, pump.token, lambda *_: None):
        number = control.send(pump, two_way=False)

        command = control.until(pump, number, "delivered")

    assert command["ended_at"] == command["delivered_at"]


def test_a_sleeping_device_gets_what_waited_in_order(killable_appliance, control, pump):
    numbers = [control.send(pump, method) for method in ("one", "two", "three")]
    assert control.command(pump, numbers[0])["state"] == "queued"

    with ObedientDevice(killable_appliance, pump.token) as device:
        for number in numbers:
            control.until(pump, number, "answered")

    assert [method for _, method, _ in device.calls] == ["one", "two", "three"]


def test_one_after_another_the_next_waits_for_the_answer_of_the_one_before(
    killable_appliance, control, pump
):
    changed = control.owner.api.patch(f"/api/devices/{pump.id}", json={"commands_in_order": True})
    assert changed.status_code == 200, changed.text
    with ObedientDevice(
        killable_appliance, pump.token, lambda method, _: None if method == "slow" else {}
    ) as device:
        slow, quick = control.send(pump, "slow"), control.send(pump, "quick")
        control.until(pump, slow, "delivered")
        stays(lambda: device.numbers == [slow], 2, "the next one waits")

        device.answer(slow, {"done": "at last"})

        control.until(pump, quick, "answered")
    assert device.numbers == [slow, quick]


def test_what_was_not_acknowledged_is_not_delivered_and_comes_again(
    killable_appliance, control, pump
):
    with ObedientDevice(
        killable_appliance, pump.token, lambda *_: None, acknowledges=False
    ) as device:
        number = control.send(pump)
        eventually(lambda: device.numbers == [number], 20, "the device gets it")
        stays(lambda: control.command(pump, number)["state"] == "sent", 2, "nobody acknowledged it")
        device.cut()
        eventually(lambda: device.numbers == [number, number], 30, "it comes again")

    with ObedientDevice(killable_appliance, pump.token) as device:
        control.until(pump, number, "answered")
    assert device.numbers == [number]


def test_a_kept_session_gets_it_once_more_and_acknowledges_it_then(
    killable_appliance, control, pump
):
    kept = {"client_id": "kept", "keeps_session": True}
    with ObedientDevice(
        killable_appliance, pump.token, lambda *_: None, acknowledges=False, **kept
    ) as device:
        number = control.send(pump)
        eventually(lambda: device.numbers == [number], 20, "the device gets it")

    with ObedientDevice(killable_appliance, pump.token, lambda *_: None, **kept):
        control.until(pump, number, "delivered")


def test_late_second_and_foreign_answers_change_nothing(killable_appliance, control, pump):
    neighbour = control.owner.new_device("neighbour")
    with ObedientDevice(killable_appliance, pump.token, lambda *_: None) as device:
        number = control.send(pump)
        control.until(pump, number, "delivered")
        with ObedientDevice(killable_appliance, neighbour.token) as other:
            other.answer(number, "from another device")
            device.answer(number + 1, "to nothing")
            device.answer(number, "the first")
            device.answer(number, "the second")
            after = control.send(neighbour)
            control.until(neighbour, after, "answered")

        last = control.send(pump, two_way=False)
        control.until(pump, last, "delivered")

    assert control.until(pump, number, "answered")["answer"] == {"json": "the first"}


@pytest.mark.parametrize("number", ["x", "0", "-1", "2147483648"])
def test_an_answer_to_what_can_be_no_command_is_shown_to_its_owner(
    killable_appliance, control, pump, number
):
    with ObedientDevice(killable_appliance, pump.token) as device:
        device.answer(number, {})

        rejected = eventually(lambda: control.owner.rejected(pump), 20, "the owner sees why")

    assert number in rejected[0]["reason"] or number in rejected[0]["topic"]


def test_an_answer_of_64_kib_is_stored_whole(killable_appliance, control, pump):
    text = "x" * 65_000
    with ObedientDevice(killable_appliance, pump.token, lambda *_: text):
        number = control.send(pump)

        assert control.until(pump, number, "answered")["answer"] == {"json": text}


def test_an_answer_that_is_no_json_is_shown_as_it_came(killable_appliance, control, pump):
    with ObedientDevice(killable_appliance, pump.token, lambda *_: b"it is open"):
        number = control.send(pump)

        assert control.until(pump, number, "answered")["answer"] == {"text": "it is open"}


def test_a_cancelled_command_never_leaves(killable_appliance, control, pump):
    number = control.send(pump, "open")
    cancelled = control.owner.api.delete(f"/api/devices/{pump.id}/commands/{number}")
    assert cancelled.status_code == 200, cancelled.text

    with ObedientDevice(killable_appliance, pump.token) as device:
        after = control.send(pump, "close")
        control.until(pump, after, "answered")

    assert device.numbers == [after]
    assert control.command(pump, number)["error"] == f"cancelled by {control.owner.email}"


def test_a_command_nobody_gets_expires_with_the_reason(control, pump):
    number = control.send(pump, expires_in_seconds=1)

    assert "did not connect" in control.until(pump, number, "expired")["error"]


def test_both_clients_of_a_device_get_it_and_the_first_answer_counts(
    killable_appliance, control, pump
):
    with (
        ObedientDevice(killable_appliance, pump.token, lambda *_: None) as silent,
        ObedientDevice(killable_appliance, pump.token) as quick,
    ):
        number = control.send(pump)
        control.until(pump, number, "answered")
        eventually(lambda: silent.numbers == quick.numbers == [number], 10, "both got it")


def test_a_device_behind_a_gateway_is_reached_through_it(killable_appliance, control):
    hub = control.owner.new_device("hub", gateway=True)
    sensor = control.owner.new_device("sensor")
    waiting = control.send(sensor, "waiting")
    with MqttDevice(killable_appliance, hub.token) as gateway:
        gateway.subscribe("v1/gateway/rpc")
        gateway.publish({"device": "sensor"}, topic="v1/gateway/connect")
        control.until(sensor, waiting, "delivered")
        number = control.send(sensor, "blink", {"times": 3})
        control.until(sensor, number, "delivered")
        gateway.publish(
            {"device": "sensor", "id": number, "data": {"blinked": 3}}, topic="v1/gateway/rpc"
        )

        assert control.until(sensor, number, "answered")["answer"] == {"json": {"blinked": 3}}

    messages = [json.loads(payload) for _, payload in gateway.received]
    assert [one["data"]["method"] for one in messages] == ["waiting", "blink"]
    assert messages[1] == {
        "device": "sensor",
        "data": {"id": number, "method": "blink", "params": {"times": 3}},
    }


@pytest.mark.parametrize(
    "program",
    [*KILLED, *(pytest.param(program, marks=pytest.mark.long) for program in KILLED_ELSEWHERE)],
)
def test_every_command_is_answered_whatever_is_killed_meanwhile(
    killable_appliance, control, program
):
    owner = control.owner
    pumps = [owner.new_device() for _ in range(DEVICES)]
    listening = [ObedientDevice(killable_appliance, pump.token) for pump in pumps]
    numbers = []
    for device in listening:
        device.__enter__()
    try:
        for count, pump in itertools.product(range(COMMANDS_EACH), pumps):
            if (count, pump) == (COMMANDS_EACH // 2, pumps[0]):
                killed = Recovery(killable_appliance, program).hurt("KILL")
            key = f"{program} {count}"
            numbers.append((pump, control.send_surely(pump, key, retries=10)))
        killed.wait(30)

        def are_answered():
            return all(
                command["state"] == "answered" for pump in pumps for command in control.all(pump)
            )

        eventually(are_answered, 120, "every command is answered")
    finally:
        for device in listening:
            device.__exit__()

    for pump, device in zip(pumps, listening, strict=True):
        mine = [number for owner_of, number in numbers if owner_of is pump]
        assert len(set(mine)) == COMMANDS_EACH
        assert set(device.numbers) == set(mine)
        if program in ("ingest", "gunicorn"):  # they do not send: nothing came twice
            assert len(device.numbers) == len(mine)


def test_nobody_sends_commands_to_the_device_of_another(killable_appliance, control, pump):
    other = new_person(killable_appliance, "other")

    answer = requests.post(
        killable_appliance.url(f"/api/devices/{pump.id}/commands"),
        json={"method": "open"},
        headers={"Authorization": f"Bearer {other.key}"},
        timeout=30,
    )

    assert answer.status_code == 404
