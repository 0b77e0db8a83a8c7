"""Sockets: of a session, for one's own devices, and only as long as the session lasts."""

import threading

import pytest
from flask_socketio import SocketIO

from qlines.redis_names import device_page_room, device_room
from qlines.store import devices, sessions
from qlines.store.device_changes import DeviceChange
from qlines.web.extensions import SOCKET_OPTIONS
from qlines.web.factory import create_app
from qlines.web.sockets import alarm_changes, events, page_changes, tasks, watching
from qlines.web.sockets.alarm_changes import AlarmChanges, notify_owner
from qlines.web.sockets.events import Events
from qlines.web.sockets.page_changes import PageChanges, notify_pages
from qlines.web.sockets.watching import Watching
from tests.harness.deadline import eventually


@pytest.fixture
def live(world, monkeypatch):
    own = SocketIO()
    world.app = create_app(world.deps)
    for module in (events, tasks, page_changes, alarm_changes):
        monkeypatch.setattr(module, "sockets", own)
    of_sockets, following = Watching(device_room), Watching(device_page_room)
    changes = PageChanges(world.deps.db, following.watched, world.deps.clock)
    alarms = AlarmChanges(world.deps.db, of_sockets.users, world.deps.clock)
    Events(world.deps, of_sockets, following, changes, alarms).register()
    own.init_app(world.app, async_mode="threading", manage_session=False)

    def connect(person=None):
        browser = person.browser() if person else world.client()
        return own.test_client(world.app, flask_test_client=browser)

    connect.watching = of_sockets
    connect.following = following
    connect.changes = changes
    connect.alarms = alarms
    connect.own = own
    return connect


def test_it_refuses_a_socket_without_a_session(live):
    assert not live().is_connected()


def test_a_socket_that_watches_nothing_receives_nothing(live, alice):
    socket = live(alice)

    live.own.emit("readings", {"device": alice.device_id}, to=device_room(alice.device_id))

    assert socket.get_received() == []


def test_the_owner_receives_the_readings_of_a_watched_device(world, live, alice):
    socket = live(alice)

    answer = socket.emit("watch", {"device": alice.device_id}, callback=True)
    live.own.emit("readings", {"device": alice.device_id}, to=device_room(alice.device_id))

    assert answer == {"ok": True}
    assert [one["name"] for one in socket.get_received()] == ["readings"]
    until = world.deps.clock.now_us() / 1e6 + 15
    assert world.deps.redis.sorted_sets["watched"] == {alice.device_id: until}
    assert world.deps.redis.published == ["watched-changed"]


def test_a_page_that_watches_as_many_as_it_may_can_name_them_again(live, alice, monkeypatch):
    monkeypatch.setattr(watching, "MAX_DEVICES", 1)
    socket = live(alice)
    socket.emit("watch", {"device": alice.device_id}, callback=True)

    again = socket.emit("watch", {"device": alice.device_id}, callback=True)

    assert again == {"ok": True}


@pytest.mark.parametrize("own_too", [False, True])
def test_nobody_watches_anothers_device(live, alice, bob, own_too):
    socket = live(bob)
    ids = [alice.device_id, bob.device_id] if own_too else [alice.device_id]

    answer = socket.emit("watch", {"devices": ids}, callback=True)
    live.own.emit("readings", {"device": alice.device_id}, to=device_room(alice.device_id))

    assert answer == {"ok": False, "error": "there is no such device"}
    assert socket.get_received() == []
    assert live.watching.watched() == set()


def test_it_stops_when_asked(live, alice):
    socket = live(alice)
    socket.emit("watch", {"device": alice.device_id}, callback=True)

    socket.emit("unwatch", {"device": alice.device_id}, callback=True)
    live.own.emit("readings", {}, to=device_room(alice.device_id))

    assert socket.get_received() == []
    assert live.watching.watched() == set()


def test_a_page_that_leaves_devices_while_mongodb_answers_does_not_watch_them(
    world, live, alice, monkeypatch
):
    socket = live(alice)
    live.own.server.async_handlers = SOCKET_OPTIONS["async_handlers"]  # the test client has its own
    has_left = threading.Event()
    owned, unwatch = devices.owned, live.watching.unwatch

    def owned_slowly(db, user, ids):
        has_left.wait(0.2)  # it cannot, unless events overtake each other
        return owned(db, user, ids)

    def unwatch_and_note(of_socket, ids):
        unwatch(of_socket, ids)
        has_left.set()

    monkeypatch.setattr(devices, "owned", owned_slowly)
    monkeypatch.setattr(live.watching, "unwatch", unwatch_and_note)

    socket.emit("watch", {"device": alice.device_id})
    socket.emit("unwatch", {"device": alice.device_id})

    eventually(lambda: world.deps.redis.published and has_left.is_set(), 5, "both are handled")
    assert live.watching.watched() == set()


def test_a_session_that_ended_can_watch_nothing_more(world, live, alice):
    socket = live(alice)
    sessions.end_all(world.deps.db, alice.id)

    answer = socket.emit("watch", {"device": alice.device_id}, callback=True)

    assert answer == {"ok": False, "error": "signed out"}


def test_the_sockets_of_an_ended_session_end(world, live, alice, bob):
    alices, bobs = live(alice), live(bob)
    sessions.end_all(world.deps.db, alice.id)

    ended = tasks.close_sockets_of_ended_sessions(world.deps, live.watching)

    assert ended == 1
    assert not alices.is_connected()
    assert bobs.is_connected()


def test_a_socket_that_opens_during_the_check_stays(world, live, alice, bob, monkeypatch):
    bobs = live(bob)
    opened = []

    def not_ended_slowly(db, ids):
        opened.append(live(alice))
        return not_ended(db, ids)

    not_ended = sessions.not_ended
    monkeypatch.setattr(sessions, "not_ended", not_ended_slowly)

    assert tasks.close_sockets_of_ended_sessions(world.deps, live.watching) == 0
    assert opened[0].is_connected()
    assert bobs.is_connected()


def test_a_watch_succeeds_while_redis_is_away(world, live, alice):
    socket = live(alice)
    world.deps.redis.is_away = True

    assert socket.emit("watch", {"device": alice.device_id}, callback=True) == {"ok": True}


def test_a_socket_that_closes_watches_nothing(live, alice):
    socket = live(alice)
    socket.emit("watch", {"device": alice.device_id}, callback=True)

    socket.disconnect()

    assert live.watching.watched() == set()


COMMANDS, ATTRIBUTES = ({"what": what} for what in ("commands", "attributes"))


def test_a_page_that_follows_a_device_hears_what_of_it_has_changed(live, alice):
    socket = live(alice)

    answer = socket.emit("follow", {"device": alice.device_id}, callback=True)
    notify_pages(DeviceChange(alice.device_id, "commands"))

    assert answer == {"ok": True}
    assert [(one["name"], one["args"]) for one in socket.get_received()] == [
        ("changed", [{"device": alice.device_id, **COMMANDS}])
    ]
    assert live.following.watched() == {alice.device_id}
    assert live.watching.watched() == set()


def test_who_follows_a_device_that_is_heard_of_already_fetches_at_once(live, alice, monkeypatch):
    monkeypatch.setattr(live.changes, "hears", {alice.device_id}.__contains__)
    first, second = live(alice), live(alice)
    first.emit("follow", {"device": alice.device_id}, callback=True)
    first.get_received()

    second.emit("follow", {"device": alice.device_id}, callback=True)

    device = {"device": alice.device_id}
    heard = [one["args"][0] for one in second.get_received()]
    assert heard == [device | COMMANDS, device | ATTRIBUTES]
    assert first.get_received() == []


@pytest.mark.parametrize("own_too", [False, True])
def test_nobody_hears_of_anothers_device(live, alice, bob, own_too):
    socket = live(bob)
    ids = [alice.device_id, bob.device_id] if own_too else [alice.device_id]

    answer = socket.emit("follow", {"devices": ids}, callback=True)
    notify_pages(DeviceChange(alice.device_id, "commands"))

    assert answer == {"ok": False, "error": "there is no such device"}
    assert socket.get_received() == []
    assert live.following.watched() == set()


def test_a_page_that_unfollows_or_closes_hears_nothing_more(live, alice):
    one, other = live(alice), live(alice)
    for socket in (one, other):
        socket.emit("follow", {"device": alice.device_id}, callback=True)

    one.emit("unfollow", {"device": alice.device_id}, callback=True)
    other.disconnect()
    notify_pages(DeviceChange(alice.device_id, "commands"))

    assert one.get_received() == []
    assert live.following.watched() == set()


def test_a_session_that_ended_can_follow_nothing(world, live, alice):
    socket = live(alice)
    sessions.end_all(world.deps.db, alice.id)

    answer = socket.emit("follow", {"device": alice.device_id}, callback=True)

    assert answer == {"ok": False, "error": "signed out"}


@pytest.mark.parametrize("event", ["watch", "follow"])
def test_a_message_without_a_device_is_refused_with_the_rule(live, alice, event):
    answer = live(alice).emit(event, {"device": 5}, callback=True)

    assert answer == {"ok": False, "error": "a message must name 1 to 200 devices by id"}


def test_who_has_lost_a_device_to_its_claimer_receives_nothing_more(world, live, alice, bob):
    alices, bobs = live(alice), live(bob)
    for socket, person in ((alices, alice), (bobs, bob)):
        assert socket.emit("watch", {"device": person.device_id}, callback=True)["ok"]
    world.deps.db.devices.update_one(
        {"_id": alice.device["_id"]}, {"$set": {"owner": bob.id, "name": "new"}}
    )

    assert tasks.leave_devices_of_others(world.deps, live.watching) == 1
    for person in (alice, bob):
        live.own.emit("readings", {"of": person.device_id}, to=device_room(person.device_id))

    assert alices.get_received() == []
    assert len(bobs.get_received()) == 1
    assert tasks.leave_devices_of_others(world.deps, live.watching) == 0


def test_who_has_lost_a_device_to_its_claimer_hears_nothing_more_of_it(world, live, alice, bob):
    socket = live(alice)
    assert socket.emit("follow", {"device": alice.device_id}, callback=True)["ok"]
    world.deps.db.devices.update_one(
        {"_id": alice.device["_id"]}, {"$set": {"owner": bob.id, "name": "new"}}
    )

    assert tasks.leave_devices_of_others(world.deps, live.following) == 1
    notify_pages(DeviceChange(alice.device_id, "commands"))

    assert socket.get_received() == []


def test_a_socket_hears_of_its_owners_alarms_from_the_start(live, alice, bob):
    of_alice, of_bob = live(alice), live(bob)

    notify_owner(str(alice.id), ["1" * 24])

    assert [(one["name"], one["args"]) for one in of_alice.get_received()] == [
        ("alarms", [{"changed": ["1" * 24]}])
    ]
    assert of_bob.get_received() == []


def test_a_page_that_comes_later_hears_that_any_may_have_changed(live, alice, monkeypatch):
    monkeypatch.setattr(live.alarms, "hears", lambda owner: owner == str(alice.id))

    [received] = live(alice).get_received()

    assert received["args"] == [{"changed": []}]
