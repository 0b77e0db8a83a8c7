"""The story of two twins of which one is lost: its devices, users and readings are with the other.

Side a has been alone, with an owner and a device, and is paired. Each side then has what was sent
to either. Side a is killed: side b becomes active, a device is added there, and its readings are
stored. Side a returns as the standby, and has both. Commands that were sent while side a was active
are answered after a drain has made side b the active one: each reaches its device once, wherever
that is. Over all of it devices cross a limit: each crossing is one alarm, of which each event is
said once.
"""

import pytest

from tests.harness.commanded_device import answer, await_command, commands_of, listen
from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import Person, new_person
from tests.harness.twin_alarms import TwinAlarms
from tests.harness.twins import Twins
from tests.harness.webhook_receiver import WEBHOOKS_TO_THIS_MACHINE


@pytest.fixture(scope="module")
def twins(image, network, tmp_path_factory):
    twins = Twins(network, image, tmp_path_factory.mktemp("twins"), **WEBHOOKS_TO_THIS_MACHINE)
    try:
        yield twins
    finally:
        twins.remove()


@pytest.fixture(scope="module")
def owner(twins):
    """Return the owner at side a, after the pairing."""
    owner = new_person(twins.a.start(), "owner")
    owner.new_device("pump")
    twins.pair()
    return owner


@pytest.fixture(scope="module")
def at_b(twins, owner):
    """Return the same owner, who uses side b."""
    return Person(twins.b, owner.email, owner.password, owner.key)


@pytest.fixture(scope="module")
def told(twins, owner):
    """Return the alarms of devices that cross a limit from here on."""
    with TwinAlarms(twins, owner) as told:
        yield told


def send(appliance, device, key, number):
    with MqttDevice(appliance, device.token) as sender:
        assert sender.publish(f'{{"{key}": {number}}}')


def test_users_and_devices_of_before_are_on_both_sides(owner, at_b):
    assert at_b.api.document("/api/data")["total"] == owner.api.document("/api/data")["total"] == 1
    assert at_b.browser().get("/devices").status_code == 200


def test_each_side_has_what_was_sent_to_the_other(twins, owner, at_b):
    device = owner.new_device("sends to both")
    send(twins.a, device, "to_a", 1)
    eventually(lambda: at_b.value(device, "to_a") == 1, 60, "b has what was sent to a")
    send(twins.b, device, "to_b", 2)
    eventually(lambda: owner.value(device, "to_b") == 2, 60, "a has what was sent to b")


def test_when_the_active_side_is_lost_the_other_one_serves(twins, owner, at_b, told):
    assert told.port
    before = owner.new_device("added before the loss")
    eventually(lambda: at_b.row(before) is not None, 60, "b knows the device")
    twins.a.kill()

    twins.wait_active("b")
    after = at_b.new_device("added after the loss")
    for device in (before, after):
        send(twins.b, device, "level", 7)
        eventually(lambda: at_b.value(device, "level") == 7, 60, "b stores")  # noqa: B023 - waited for at once

    twins.a.start_again()
    twins.wait_whole("b")
    twins.a.wait_ready()
    assert twins.report("a")["role"] == "standby"
    eventually(lambda: owner.row(after) is not None, 60, "a knows the device")
    eventually(lambda: owner.value(after, "level") == 7, 60, "a has what b stored without it")


def test_a_drain_makes_the_other_side_active(twins, owner, at_b):
    twins.b.exec("qlines", "drain")

    twins.wait_active("a")
    assert twins.b.health("ready").json()["status"] == "draining"
    twins.b.exec("qlines", "resume")
    twins.b.wait_ready()
    twins.wait_whole("a")
    device = owner.new_device("added after the drain")
    eventually(lambda: at_b.row(device) is not None, 60, "b knows the device")


def command(person, device, method):
    sent = person.api.post(f"/api/devices/{device.id}/commands", json={"method": method})
    assert sent.status_code == 201, sent.text


def course(person, device):
    """Return the state of the device's only command, how often it was sent, and its answer."""
    [one] = person.api.document(f"/api/devices/{device.id}/commands")["items"]
    return one["state"], one["attempts"], (one["answer"] or {}).get("json")


def test_commands_are_answered_once_over_a_change_of_roles(twins, owner, at_b):
    moves, stays, sleeps = (owner.new_device(name) for name in ("moves", "stays", "sleeps"))
    eventually(lambda: at_b.row(sleeps) is not None, 60, "b knows the devices")
    with MqttDevice(twins.a, moves.token) as left, MqttDevice(twins.b, stays.token) as stayed:
        for client, device in ((left, moves), (stayed, stays)):
            listen(client)
            command(owner, device, "open")
            await_command(client, "open")
            eventually(lambda: course(owner, device)[0] == "delivered", 20, "it is delivered")  # noqa: B023 - waited for at once
        command(owner, sleeps, "open")
        assert course(owner, sleeps) == ("queued", 0, None)

        twins.a.exec("qlines", "drain")
        twins.wait_active("b")
        eventually(left.lost.is_set, 30, "a sends its device away")
        assert course(at_b, sleeps) == ("queued", 0, None)

        with MqttDevice(twins.b, moves.token) as moved, MqttDevice(twins.b, sleeps.token) as woken:
            listen(moved)
            listen(woken)
            answer(woken, await_command(woken, "open"), {"by": "sleeps"})
            answer(moved, await_command(left, "open"), {"by": "moves"})
            answer(stayed, await_command(stayed, "open"), {"by": "stays"})
            for device in (moves, stays, sleeps):
                answered = ("answered", 1, {"by": device.name})
                eventually(lambda: course(at_b, device) == answered, 30, "b shows its answer")  # noqa: B023 - waited for at once
            assert commands_of(moved) == [], "it was delivered before"
            assert len(commands_of(woken)) == len(commands_of(stayed)) == 1

    twins.a.exec("qlines", "resume")
    twins.a.wait_ready()
    twins.wait_whole("b")
    assert {course(owner, device)[0] for device in (moves, stays, sleeps)} == {"answered"}


def test_each_crossing_of_all_that_time_is_one_alarm(told):
    told.stop()

    found = told.end("b")
    assert found.is_exact, found
    assert found.alarms == sum(told.expected.values()) > 0
