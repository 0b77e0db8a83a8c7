"""The story of what went wrong with commands elsewhere: early and late answers, kills, cut cables.

tests/unit/test_reported_faults.py has the reports.
"""

import contextlib

import pytest

from tests.bench import command_inserts
from tests.harness.deadline import eventually, stays
from tests.harness.obedient_device import ObedientDevice
from tests.harness.recovery import Recovery
from tests.harness.relay import Relay


def test_an_answer_before_the_acknowledgement_stays(killable_appliance, control, pump):
    with ObedientDevice(killable_appliance, pump.token, acknowledges=False) as device:
        number = control.send(pump)
        control.until(pump, number, "answered")

        device.acknowledge()
        after = control.send(pump)

        control.until(pump, after, "answered")
        assert control.command(pump, number)["state"] == "answered"


@pytest.mark.parametrize("program", ["registry", "mosquitto"])
def test_what_was_sent_is_not_stuck_when_its_sender_is_killed(
    killable_appliance, control, pump, program
):
    with ObedientDevice(
        killable_appliance, pump.token, lambda *_: None, acknowledges=False
    ) as device:
        number = control.send(pump)
        eventually(lambda: device.numbers == [number], 20, "the device gets it")
        Recovery(killable_appliance, program).hurt("KILL").wait(30)
        if program == "mosquitto":
            eventually(lambda: device.numbers == [number, number], 30, "it comes again")
        assert control.command(pump, number)["state"] == "sent"

        device.acknowledge()

        control.until(pump, number, "delivered")


def test_what_was_sent_is_not_stuck_when_its_device_unsubscribes_and_leaves(
    killable_appliance, control, pump
):
    kept = {"client_id": "kept", "keeps_session": True}
    with ObedientDevice(
        killable_appliance, pump.token, lambda *_: None, acknowledges=False, **kept
    ) as device:
        number = control.send(pump)
        eventually(lambda: device.numbers == [number], 20, "the device gets it")
        device.unsubscribe()

    control.until(pump, number, "queued")
    with ObedientDevice(killable_appliance, pump.token, **kept):
        control.until(pump, number, "answered")


def test_behind_a_cut_cable_it_is_not_delivered_until_the_device_has_it(
    killable_appliance, control, pump
):
    with (
        Relay(("127.0.0.1", killable_appliance.mqtt_port)) as cable,
        ObedientDevice(killable_appliance, pump.token, port=cable.port) as device,
    ):
        cable.flows.clear()
        number = control.send(pump)
        eventually(lambda: control.command(pump, number)["state"] == "sent", 20, "it is sent")
        stays(lambda: control.command(pump, number)["state"] == "sent", 2, "nobody has it")
        cable.flows.set()

        assert control.until(pump, number, "answered")["attempts"] == 1
    assert device.numbers == [number]


def test_a_device_that_never_answers_is_not_waited_for_and_its_late_answer_changes_nothing(
    killable_appliance, control, pump
):
    with ObedientDevice(killable_appliance, pump.token, lambda *_: None) as device:
        number = control.send(pump, expires_in_seconds=3)
        expired = control.until(pump, number, "expired")
        device.answer(number, "too late")
        after = control.send(pump)
        device.answer(after, "in time")

        control.until(pump, after, "answered")
    assert "did not answer" in expired["error"]
    assert control.command(pump, number)["state"] == "expired"


def test_ten_thousand_open_commands_keep_nobody_waiting_and_are_worked_off(
    killable_appliance, control, pump
):
    sleepers = [control.owner.new_device() for _ in range(10)]
    command_inserts.insert(killable_appliance, [sleeper.id for sleeper in sleepers], range(10_000))
    with ObedientDevice(killable_appliance, pump.token):
        number = control.send(pump)
        control.until(pump, number, "answered")

    refused = control.owner.api.post(
        f"/api/devices/{sleepers[0].id}/commands", json={"method": "open"}
    )
    assert refused.status_code == 409
    assert "1,000 commands of this device are open" in refused.text
    with contextlib.ExitStack() as stack:
        awake = [
            stack.enter_context(ObedientDevice(killable_appliance, sleeper.token))
            for sleeper in sleepers
        ]
        eventually(
            lambda: all(control.count(one, "answered") == 1_000 for one in sleepers),
            200,
            "all are answered",
        )

    assert [len(set(device.numbers)) for device in awake] == [1_000] * 10
