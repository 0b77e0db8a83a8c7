"""The thread runs the dispatcher while it is its turn, and sooner when something has happened."""

import logging
import threading

import pytest

from appliance.shared.backoff import Backoff
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


@pytest.fixture
def happened():
    """Return the event that ends a wait."""
    return threading.Event()


@pytest.fixture
def thread_of(happened):
    threads = []

    def wait():
        happened.wait(5)
        happened.clear()

    def make(dispatcher, is_ours=lambda: True):
        thread = DispatcherThread(dispatcher, is_ours, wait)
        threads.append(thread)
        thread.start()
        return thread

    yield make
    for thread in threads:
        happened.set()
        thread.stop()
        assert not thread.is_alive()


def test_it_looks_at_the_start_and_when_something_has_happened(thread_of, happened):
    dispatcher = FakeDispatcher()
    thread_of(dispatcher)
    assert dispatcher.wait()

    happened.set()

    assert dispatcher.wait()


def test_it_does_not_wait_while_there_is_more(thread_of):
    dispatcher = FakeDispatcher(True, True, False)
    thread_of(dispatcher)

    assert all(dispatcher.wait() for _ in range(3))


def test_whose_turn_it_is_not_plans_nothing(thread_of, happened):
    asked = threading.Semaphore(0)
    dispatcher = FakeDispatcher()

    def is_ours():
        asked.release()
        return False

    thread_of(dispatcher, is_ours)
    assert asked.acquire(timeout=5)
    happened.set()
    assert asked.acquire(timeout=5)

    assert not dispatcher.ran.acquire(blocking=False)


def test_an_outage_is_logged_once_and_its_end_too(thread_of, happened, caplog, monkeypatch):
    monkeypatch.setattr(module, "Backoff", lambda: Backoff(first_seconds=0.01))
    caplog.set_level(logging.INFO)
    gone = StoreUnavailableError("redis", OSError("gone"))
    dispatcher = FakeDispatcher(gone, gone, False)
    thread_of(dispatcher)
    assert all(dispatcher.wait() for _ in range(3))
    happened.set()
    assert dispatcher.wait()

    assert [record.message for record in caplog.records] == [
        "messages about alarms wait: redis does not answer: gone",
        "messages about alarms wait no longer",
    ]


def test_an_error_that_nobody_foresaw_is_logged_once_and_does_not_end_it(
    thread_of, happened, caplog, monkeypatch
):
    monkeypatch.setattr(module, "Backoff", lambda: Backoff(first_seconds=0.01))
    dispatcher = FakeDispatcher(KeyError("alarm"), KeyError("alarm"), False)
    thread = thread_of(dispatcher)
    assert all(dispatcher.wait() for _ in range(3))

    assert thread.is_alive()
    (record,) = caplog.records
    assert "a fault of QLines" in record.message
    assert record.exc_info[0] is KeyError
