"""A device without a connection of its own is reached through the gateway that names it."""

import json

import pytest

from qlines.downlink.wire import OrderKind, Result, Session
from qlines.store import devices, gateway_devices
from qlines.store.gateway_devices import NO_GATEWAY


@pytest.fixture
def hub(room):
    return str(devices.add(room.db, room.owner, "hub", gateway=True)["_id"])


def listening(hub):
    return Session(f"{hub}/1", {"v1/gateway/rpc": 1})


def test_its_command_goes_to_the_gateway_under_its_name(room, hub):
    gateway_devices.note(room.db, {room.device: hub})
    room.greet(listening(hub))

    number = room.command()
    room.sender.run_once()

    (order,) = room.orders
    assert (order.client_id, order.topic) == (f"{hub}/1", "v1/gateway/rpc")
    assert json.loads(order.payload) == {
        "device": "pump",
        "data": {"id": number, "method": "open", "params": None},
    }
    room.says(order, Result.DELIVERED)
    assert room.state(number) == "delivered"


def test_it_waits_until_the_gateway_speaks_for_it(room, hub):
    room.greet(listening(hub))
    number = room.command()
    room.sender.run_once()
    assert room.state(number) == "queued"

    gateway_devices.note(room.db, {room.device: hub})
    room.sender.announce([room.device], missed=False)
    room.sender.run_once()

    assert room.state(number) == "sent"


def test_it_waits_until_the_gateway_listens(room, hub):
    gateway_devices.note(room.db, {room.device: hub})
    room.greet()
    number = room.command()
    room.sender.run_once()

    room.hears(listening(hub))

    assert room.state(number) == "sent"


def test_a_gateway_may_speak_in_one_session_and_listen_in_another(room, hub):
    gateway_devices.note(room.db, {room.device: hub})
    room.greet(Session(f"{hub}/speaks", {"v1/devices/me/attributes": 1}))
    number = room.command()
    room.sender.run_once()
    assert room.state(number) == "queued"

    room.hears(Session(f"{hub}/listens", {"v1/gateway/rpc": 1}))

    assert [order.client_id for order in room.orders] == [f"{hub}/listens"]


def test_after_hours_of_silence_it_is_still_reached(room, hub):
    gateway_devices.note(room.db, {room.device: hub})
    room.greet(listening(hub))
    room.clock.advance(7_200)

    number = room.command()
    room.sender.run_once()

    assert room.state(number) == "sent"


def test_a_gateway_that_it_has_left_gets_nothing(room, hub):
    gateway_devices.note(room.db, {room.device: hub})
    gateway_devices.note(room.db, {room.device: NO_GATEWAY})
    room.greet(listening(hub))

    room.command()
    room.sender.run_once()

    assert room.orders == []


def test_its_own_connection_comes_first(room, hub):
    gateway_devices.note(room.db, {room.device: hub})
    room.greet(listening(hub), room.listening())

    room.command()
    room.sender.run_once()

    assert [order.client_id for order in room.orders] == [room.client]


def test_after_a_restart_it_is_watched_there(room, hub):
    gateway_devices.note(room.db, {room.device: hub})
    room.greet(listening(hub))
    room.command()
    room.sender.run_once()
    sent = room.orders[0]

    room.restart()
    room.greet(listening(hub))

    (watching,) = room.orders
    assert (watching.kind, watching.payload) == (OrderKind.WATCH, sent.payload)
