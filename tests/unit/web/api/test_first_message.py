"""/api/devices/{id}/first-message: from what the stores know to the cause that is shown."""

from qlines.store import attributes, presence, rejected, unregistered
from qlines.store.rejected import Rejected
from qlines.store.unregistered import UnregisteredDevice


def ask(alice):
    answer = alice.get(f"/api/devices/{alice.device_id}/first-message")
    assert answer.status_code == 200, answer.text
    return answer.json


def test_nothing_has_arrived(alice):
    found = ask(alice)

    assert (found["state"], found["at"], found["values"]) == ("nothing", None, {})


def test_the_values_come_with_it(world, alice):
    now_us = world.deps.clock.now_us()
    world.deps.clickhouse.latest[alice.device_id] = {"temperature": (now_us, 21.5)}

    found = ask(alice)

    assert (found["state"], found["at"]) == ("received", now_us // 1000)
    assert found["values"] == {"temperature": {"ts": now_us // 1000, "value": 21.5}}


def test_the_value_that_the_page_sends_as_a_test_is_not_waited_for(world, alice):
    now_us = world.deps.clock.now_us()
    world.deps.clickhouse.latest[alice.device_id] = {"qlines_test": (now_us, 21.5)}

    found = ask(alice)

    assert (found["state"], list(found["values"])) == ("nothing", ["qlines_test"])


def test_a_rejected_message(world, alice):
    rejected.add(world.deps.db, [Rejected(alice.device_id, 5000, "not JSON: x", "t", "21.5 °C")])

    found = ask(alice)

    assert (found["state"], found["payload"]) == ("rejected", "21.5 °C")


def test_attributes(world, alice):
    attributes.merge(world.deps.db, [(alice.device_id, "firmware", 4000, "1.2")])

    assert ask(alice)["state"] == "attributes"


def test_presence(world, alice):
    change = presence.Change(alice.device_id, True, world.deps.clock.now_us(), "", "10.0.0.9")
    presence.write(world.deps.db, [change])

    assert ask(alice)["state"] == "silent"


def sight(world, source, name, *, seconds_ago=0):
    at_us = world.deps.clock.now_us() - seconds_ago * 1_000_000
    sighting = UnregisteredDevice(source, name, at_us, at_us, 1, "from 127.0.0.1")
    unregistered.note(world.deps.db, [sighting])


def test_an_unknown_token_from_the_address_of_the_person(world, alice):
    world.deps.clock.advance(60)
    sight(world, "mqtt", "hunter2")

    assert ask(alice)["state"] == "wrong_token"


def test_neither_an_old_one_nor_one_that_a_gateway_named(world, alice):
    world.deps.clock.advance(3600)
    sight(world, "mqtt", "hunter2", seconds_ago=700)
    sight(world, f"gateway {alice.device_id}", "sensor")

    assert ask(alice)["state"] == "nothing"


def test_without_clickhouse_a_notice_says_that_values_are_missing(world, alice):
    world.deps.clickhouse.is_away = True

    answer = alice.get(f"/api/devices/{alice.device_id}/first-message")

    assert "clickhouse does not answer" in answer.headers["X-QLines-Notice"]
