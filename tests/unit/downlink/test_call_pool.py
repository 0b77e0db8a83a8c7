"""So many calls run, of all owners and of each; the others wait, or find no place."""

import threading

import pytest

from qlines.clock import FakeClock, SystemClock
from qlines.downlink.call_pool import CallPool, Places
from tests.harness.deadline import eventually

SECONDS = 10


class Calls:
    """Calls that run until a test ends them."""

    def __init__(self, pool):
        self._pool = pool
        self._ends, self._changed, self._running = {}, threading.Condition(), []
        self.waited = {}

    def submit(self, owner, name):
        self._ends[name] = threading.Event()
        return self._pool.submit(owner, lambda waited: self._run(name, waited))

    def _run(self, name, waited):
        with self._changed:
            self._running.append(name)
            self.waited[name] = waited
            self._changed.notify_all()
        self._ends[name].wait(SECONDS)
        with self._changed:
            self._running.remove(name)
            self._changed.notify_all()

    def end(self, name):
        self._ends[name].set()

    def are(self, *names):
        """Return whether exactly these run, or begin to within a moment."""
        with self._changed:
            return self._changed.wait_for(lambda: sorted(self._running) == sorted(names), SECONDS)

    def end_all(self):
        for end in self._ends.values():
            end.set()


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def calls(clock):
    calls = Calls(CallPool(clock, Places(3, 2, 4, 2)))
    yield calls
    calls.end_all()


def test_a_slow_owner_does_not_take_all_places(calls):
    assert all(calls.submit("slow", name) for name in "abc")
    assert calls.are("a", "b")

    assert calls.submit("other", "d")

    assert calls.are("a", "b", "d")


def test_what_waits_runs_in_its_order_when_there_is_a_place(calls):
    for owner, name in (("slow", "a"), ("slow", "b"), ("slow", "c"), ("o", "d"), ("p", "e")):
        assert calls.submit(owner, name)
    assert calls.are("a", "b", "d")

    calls.end("d")
    assert calls.are("a", "b", "e")
    calls.end("a")
    assert calls.are("b", "c", "e")


def test_an_owner_with_too_many_that_wait_is_refused_and_others_are_not(calls):
    assert all(calls.submit("slow", name) for name in "abcd")

    assert not calls.submit("slow", "e")
    assert calls.submit("other", "f")


def test_no_more_than_so_many_of_all_owners_wait(calls):
    for owner, names in (("slow", "abcd"), ("other", "efg")):
        assert all(calls.submit(owner, name) for name in names)

    assert not calls.submit("third", "h")


def test_a_call_learns_how_long_it_has_waited(calls, clock):
    for name in "abc":
        calls.submit("slow", name)
    assert calls.are("a", "b")
    clock.advance(7)
    calls.end("a")
    assert calls.are("b", "c")

    assert calls.waited == {"a": 0, "b": 0, "c": 7}


def test_a_call_that_fails_gives_its_place_back(monkeypatch):
    errors = []
    monkeypatch.setattr(threading, "excepthook", lambda hooked: errors.append(hooked.exc_value))
    pool, ran = CallPool(SystemClock(), Places(1, 1, 4, 4)), threading.Event()

    def fail(_waited):
        raise LookupError("a fault of ours")

    assert pool.submit("a", fail)
    assert pool.submit("a", lambda _waited: ran.set())

    assert ran.wait(SECONDS)
    eventually(lambda: errors, SECONDS, "the fault is said")
    assert [str(error) for error in errors] == ["a fault of ours"]


def test_without_room_for_a_thread_a_call_waits_and_takes_no_place(calls, monkeypatch):
    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", refuse)
        assert calls.submit("alice", "first")
    assert calls.are()

    assert calls.submit("alice", "second")

    assert calls.are("first", "second")
