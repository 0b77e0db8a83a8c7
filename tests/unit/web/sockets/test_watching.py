"""Which socket watches what."""

import pytest
from bson import ObjectId

from qlines.redis_names import device_room
from qlines.web.sockets.events import device_ids
from qlines.web.sockets.watching import MAX_DEVICES, Watching

A, B = "a" * 24, "b" * 24
ALICE, BOB = ObjectId("1" * 24), ObjectId("2" * 24)


@pytest.fixture
def watching():
    made = Watching(device_room)
    made.connected("socket 1", "session 1", ALICE)
    made.connected("socket 2", "session 2", BOB)
    return made


def test_a_device_is_watched_while_anybody_watches_it(watching):
    watching.watch("socket 1", [A, B])
    watching.watch("socket 2", [A])

    watching.disconnected("socket 1")

    assert watching.watched() == {A}


def test_it_stops_watching_what_was_named(watching):
    watching.watch("socket 1", [A, B])

    watching.unwatch("socket 1", [A])

    assert watching.watched() == {B}


def test_a_disconnected_socket_watches_nothing(watching):
    watching.disconnected("socket 1")

    watching.watch("socket 1", [A])

    assert watching.watched() == set()


def test_it_finds_the_sockets_of_sessions(watching):
    assert watching.sockets_of({"session 2"}) == ["socket 2"]


def test_a_socket_may_open_in_another_thread_while_it_looks(watching):
    class OpenedMeanwhile(set):
        def __contains__(self, session):
            watching.connected(f"socket of {session}", "session 3", BOB)
            return super().__contains__(session)

    assert watching.sockets_of(OpenedMeanwhile({"session 2"})) == ["socket 2"]


def test_a_socket_may_open_while_it_looks_for_devices_of_others(watching):
    class OpenedMeanwhile(dict):
        def get(self, device):
            watching.connected(f"socket for {device}", "session 3", BOB)
            return super().get(device)

    watching.watch("socket 1", [A])

    assert watching.of_others({A}, OpenedMeanwhile({A: BOB})) == [("socket 1", {A})]


def test_a_socket_can_watch_a_page_of_devices_and_name_them_again(watching):
    page = [str(number) for number in range(MAX_DEVICES)]
    watching.watch("socket 1", page)

    assert watching.has_room("socket 1", page)
    assert not watching.has_room("socket 1", [*page, "one more"])


def test_devices_that_are_no_longer_watched_make_room(watching):
    page = [str(number) for number in range(MAX_DEVICES)]
    watching.watch("socket 1", page)

    watching.unwatch("socket 1", page[:1])

    assert watching.has_room("socket 1", ["one more"])


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"device": A}, [A]),
        ({"devices": [A, B, A]}, [A, B]),
        ({"devices": []}, None),
        ({"devices": [A] * (MAX_DEVICES + 1)}, None),
        ({"device": "x"}, None),
        ({"device": 5}, None),
        ({"devices": A}, None),
        ({}, None),
        (None, None),
        ([A], None),
    ],
)
def test_it_reads_what_a_browser_asks_for(message, expected):
    assert device_ids(message) == expected


def test_it_counts_the_open_sockets(watching):
    assert watching.open_sockets() == 2

    watching.disconnected("socket 1")

    assert watching.open_sockets() == 1


def test_a_device_that_has_another_owner_now_is_lost_by_who_watched_it(watching):
    watching.watch("socket 1", [A, B])
    watching.watch("socket 2", [B])

    assert watching.of_others({A, B}, {A: ALICE, B: BOB}) == [("socket 1", {B})]


def test_a_device_that_was_removed_is_lost(watching):
    watching.watch("socket 1", [A])

    assert watching.of_others({A}, {}) == [("socket 1", {A})]


def test_a_device_that_nobody_asked_for_is_not_taken_for_lost(watching):
    watching.watch("socket 1", [A, B])

    assert watching.of_others({A}, {A: ALICE}) == []
