"""What a device is answered, by what its owner's webhook does."""

import json
import threading
from collections import Counter

import pytest
from bson import ObjectId

from qlines.clock import FakeClock, utc_datetime
from qlines.downlink import webhook_calls as module
from qlines.downlink.call_message import Call, Result
from qlines.downlink.webhook_calls import MAX_WAIT_SECONDS, WebhookCalls
from qlines.errors import NotFoundError, WebhookError
from qlines.store import call_webhooks
from qlines.webhook.http import Response
from qlines.webhook.url import Rules
from tests.fakes.mongo import FakeMongo

OWNER = ObjectId("a" * 24)
CALL = Call("d" * 24, "pump", str(OWNER), "getPrice", None, 7)


class FakePool:
    """Runs what is submitted at once, as if it had waited, or has no place for it."""

    has_place, waited = True, 0.0

    def submit(self, _owner, run):
        if self.has_place:
            run(self.waited)
        return self.has_place


class FakeSender:
    """A webhook that takes so many seconds and answers with what a test sets."""

    rules = Rules()

    def __init__(self, clock):
        self.clock, self.sent, self.seconds = clock, [], 0.25
        self.response = Response(200, {}, b'{"euro": 2}')

    def send(self, url, secrets, message):
        self.sent.append((url, secrets, message))
        self.clock.advance(self.seconds)
        if isinstance(self.response, Exception):
            raise self.response
        return self.response


class Room:
    def __init__(self):
        self.db, self.clock, self.counters = FakeMongo(), FakeClock(), Counter()
        self.sender, self.pool = FakeSender(self.clock), FakePool()
        self.calls = WebhookCalls(self.db, self.sender, self.counters, self.clock, self.pool)

    @property
    def now(self):
        return utc_datetime(self.clock.now_us())

    def noted(self):
        return call_webhooks.of_owner(self.db, OWNER)["calls"]


@pytest.fixture
def room():
    return Room()


@pytest.fixture
def secret(room):
    return call_webhooks.put(room.db, OWNER, "https://example.com/calls", room.now)


def test_without_a_webhook_the_error_comes_at_once(room):
    result = room.calls.begin(CALL, lambda _: pytest.fail("nobody else is asked"))

    assert '"getPrice" is unknown' in result.error
    assert room.sender.sent == []


def test_the_webhooks_answer_is_the_devices(room, secret):
    assert room.calls.call(CALL) == Result(b'{"euro": 2}', "", 250)

    ((url, secrets, message),) = room.sender.sent
    assert (url, secrets) == ("https://example.com/calls", [secret])
    assert message.id.startswith("msg_")
    assert json.loads(message.body)["data"]["device"] == CALL.device
    assert room.counters == {"webhook_calls_answered": 1}


def test_its_owner_sees_it_among_the_last_calls(room, secret):
    assert secret
    room.calls.call(CALL)
    room.sender.response = WebhookError("it did not answer within 10 seconds")
    room.calls.call(CALL._replace(method="x" * 1_000))

    first, second = room.noted()
    assert first == {
        "at": room.now.replace(microsecond=250_000), "device": CALL.device, "name": "pump",
        "method": "getPrice", "error": "", "milliseconds": 250,
    }  # fmt: skip
    assert second["error"] == "the webhook for calls failed: it did not answer within 10 seconds"
    assert len(second["method"]) == 255


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize(
    ("response", "why"),
    [
        (WebhookError("it did not answer within 10 seconds"), "did not answer within 10 seconds"),
        (Response(500, {}, b"{}"), "answered with 500"),
        (Response(200, {}, b"soon"), "did not answer with JSON"),
    ],
)
def test_a_failure_is_the_devices_answer_with_its_reason(room, response, why):
    room.sender.response = response

    result = room.calls.call(CALL)

    assert why in json.loads(result.payload)["error"]
    assert room.counters == {"webhook_calls_failed": 1}


@pytest.mark.usefixtures("secret")
def test_without_a_place_the_error_comes_at_once(room):
    room.pool.has_place = False

    assert "too many calls wait" in room.calls.call(CALL).error
    assert room.sender.sent == []
    assert room.counters == {"webhook_calls_refused": 1}


@pytest.mark.usefixtures("secret")
def test_a_call_that_has_waited_for_too_long_is_not_made(room):
    room.pool.waited = MAX_WAIT_SECONDS + 1

    assert "too slow" in room.calls.call(CALL).error
    assert room.sender.sent == []
    assert [one["error"] for one in room.noted()] == [module.TOO_SLOW]


@pytest.mark.usefixtures("secret")
def test_who_waits_is_answered_whatever_happens(room, monkeypatch):
    monkeypatch.setattr(module, "MAX_SECONDS", 0.0)
    monkeypatch.setattr(room.pool, "submit", lambda _owner, _run: True)

    assert room.calls.call(CALL).error == module.NO_ANSWER


@pytest.mark.usefixtures("secret")
def test_done_is_called_once_and_before_the_call_is_noted(room, monkeypatch):
    events = []
    monkeypatch.setattr(call_webhooks, "note_call", lambda *_: events.append("noted"))

    assert room.calls.begin(CALL, lambda _: events.append("done")) is None

    assert events == ["done", "noted"]


def test_a_test_calls_as_a_device_does(room, secret):
    assert secret
    result = room.calls.send_test(str(OWNER))

    assert result.answer == b'{"euro": 2}'
    assert json.loads(room.sender.sent[0][2].body)["data"]["method"] == "test"
    assert [one["method"] for one in room.noted()] == ["test"]


def test_a_test_needs_a_webhook(room):
    with pytest.raises(NotFoundError, match="set its address first"):
        room.calls.send_test(str(OWNER))


def test_calls_of_many_threads_are_all_counted(room, secret):
    assert secret
    threads = [threading.Thread(target=room.calls.call, args=(CALL,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert room.counters == {"webhook_calls_answered": 20}


@pytest.mark.usefixtures("secret")
def test_a_fault_of_ours_is_answered_too(room):
    room.sender.response = ZeroDivisionError("a fault")
    results = []

    with pytest.raises(ZeroDivisionError):
        room.calls.begin(CALL, results.append)

    assert results == [Result(b"", module.NO_ANSWER)]
