"""The thread runs the dispatcher while the lease is held, and sooner when it is woken."""

import threading

from qlines.errors import StoreUnavailableError
from qlines.jobs.dispatch import thread as module
from qlines.jobs.dispatch.thread import DispatcherThread


class FakeDispatcher:
    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)
        self.ran = threading.Semaphore(0)

    def run_once(self):
        outcome = self.outcomes.pop(0) if self.outcomes else False
        self.ran.release()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def wait(self):
        return self.ran.acquire(timeout=5)


def test_it_runs_at_once_when_it_is_woken(monkeypatch):
    monkeypatch.setattr(module, "IDLE_SECONDS", 60.0)
    dispatcher = FakeDispatcher()
    thread = DispatcherThread(dispatcher, lambda: True)
    thread.start()
    assert dispatcher.wait()

    thread.wake()

    assert dispatcher.wait()
    thread.stop()
    assert not thread.is_alive()


def test_it_runs_again_without_waiting_while_there_is_more(monkeypatch):
    monkeypatch.setattr(module, "IDLE_SECONDS", 60.0)
    dispatcher = FakeDispatcher(True, True, False)
    thread = DispatcherThread(dispatcher, lambda: True)
    thread.start()

    assert all(dispatcher.wait() for _ in range(3))
    thread.stop()


def test_who_does_not_hold_the_lease_plans_nothing(monkeypatch):
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.01)
    asked = threading.Semaphore(0)
    dispatcher = FakeDispatcher()

    def is_ours():
        asked.release()
        return False

    thread = DispatcherThread(dispatcher, is_ours)
    thread.start()
    assert all(asked.acquire(timeout=5) for _ in range(3))
    thread.stop()

    assert not dispatcher.ran.acquire(blocking=False)


def test_an_outage_is_said_until_it_is_over(monkeypatch):
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.01)
    said = []
    dispatcher = FakeDispatcher(StoreUnavailableError("redis", OSError("gone")))
    thread = DispatcherThread(dispatcher, lambda: said.append(thread.problem) or True)
    thread.start()
    assert all(dispatcher.wait() for _ in range(3))
    thread.stop()

    assert said[:2] == ["", "redis does not answer: gone"]
    assert said[-1] == ""
