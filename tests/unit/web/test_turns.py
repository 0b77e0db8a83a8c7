"""Turns: so many run, so many wait, the others are refused; by key."""

import threading

import pytest

from qlines.errors import BusyError
from qlines.web.turns import Room, Turns

SECONDS = 10


def turns(running, waiting, max_wait_seconds=SECONDS):
    room = Room(running, waiting, max_wait_seconds)
    return Turns(room, lambda: BusyError("come back later", status=429, retry_seconds=5))


class Callers:
    """Callers who stay in their turn until they may leave."""

    def __init__(self, turns):
        self.turns = turns
        self.running, self.most, self.lock = 0, 0, threading.Lock()
        self.entered, self.may_leave = threading.Semaphore(0), threading.Event()
        self.threads = []

    def start(self, count, key="one"):
        for _ in range(count):
            self.threads.append(threading.Thread(target=self._call, args=(key,)))
            self.threads[-1].start()

    def _call(self, key):
        with self.turns.turn(key):
            with self.lock:
                self.running += 1
                self.most = max(self.most, self.running)
            self.entered.release()
            self.may_leave.wait(SECONDS)
            with self.lock:
                self.running -= 1

    def wait_for(self, count):
        return all(self.entered.acquire(timeout=SECONDS) for _ in range(count))

    def end(self):
        self.may_leave.set()
        for thread in self.threads:
            thread.join(SECONDS)


def test_no_more_run_at_the_same_time_than_allowed_and_all_get_their_turn():
    callers = Callers(turns(running=2, waiting=8))

    callers.start(10)
    assert callers.wait_for(2)
    callers.end()

    assert callers.wait_for(8)
    assert callers.most == 2


def test_who_finds_no_room_is_refused_at_once():
    one = turns(running=1, waiting=0)
    callers = Callers(one)
    callers.start(1)
    assert callers.wait_for(1)

    with pytest.raises(BusyError, match="come back later") as raised, one.turn("one"):
        pass

    callers.end()
    assert (raised.value.status, raised.value.retry_seconds) == (429, 5)
    assert one.refused == 1


def test_who_waits_too_long_is_refused_and_leaves_room_for_others():
    one = turns(running=1, waiting=1, max_wait_seconds=0.01)
    callers = Callers(one)
    callers.start(1)
    assert callers.wait_for(1)

    with pytest.raises(BusyError), one.turn("one"):
        pass

    callers.end()
    with one.turn("one"):
        assert len(one._gates) == 1
    assert one._gates == {}


def test_another_key_has_turns_of_its_own():
    one = turns(running=1, waiting=0)

    with one.turn("one"), one.turn("another"):
        assert len(one._gates) == 2


def test_an_error_ends_the_turn():
    one = turns(running=1, waiting=0)

    with pytest.raises(ValueError, match="wrong"), one.turn("one"):
        raise ValueError("wrong")

    with one.turn("one"):
        assert len(one._gates) == 1
