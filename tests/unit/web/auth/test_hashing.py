"""The queue of hashes: no address can fill it."""

from contextlib import ExitStack
from threading import Event, Thread

import pytest

from qlines.errors import BusyError
from qlines.web.auth.hashing import ROOM, ROOM_OF_ADDRESS, HashTurns
from tests.harness.deadline import eventually

MAX_CALLERS = ROOM_OF_ADDRESS.running + ROOM_OF_ADDRESS.waiting


@pytest.fixture
def turns():
    return HashTurns()


@pytest.fixture
def attack(turns):
    """Ask for as many turns as one address may; none ends before the test does."""
    end = Event()

    def hash_for_long():
        with turns.turn("192.0.2.1"):
            end.wait()

    threads = [Thread(target=hash_for_long) for _ in range(MAX_CALLERS)]
    for thread in threads:
        thread.start()
    yield
    end.set()
    for thread in threads:
        thread.join()


def callers(turns, key):
    gate = turns._gates.get(key)
    return gate.callers if gate else 0


def test_one_address_takes_few_places_of_the_queue(turns, attack):
    eventually(lambda: callers(turns._by_address, "192.0.2.1") == MAX_CALLERS, 10, "all wait")
    eventually(
        lambda: callers(turns._all, "argon2") == ROOM_OF_ADDRESS.running,
        10,
        "four are in the queue",
    )

    with pytest.raises(BusyError), turns.turn("192.0.2.1"):
        pass
    assert turns.refused == 1


def test_all_addresses_together_have_so_many_places(turns):
    with ExitStack() as waiting:
        for _ in range(ROOM.running + ROOM.waiting):
            waiting.callback(turns._all._leave, "argon2", turns._all._enter("argon2"))

        with pytest.raises(BusyError), turns.turn("192.0.2.1"):
            pass

    with turns.turn("192.0.2.1"):
        assert turns.refused == 1
