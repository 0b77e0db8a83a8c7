"""Polls that wait without a thread: their end, and what comes at the same moment."""

import json
import threading

import pytest

from qlines.errors import StoreUnavailableError
from qlines.store.registry_file import Device
from qlines.web.device.answers import Answer
from qlines.web.device.parked_polls import ParkedPolls
from qlines.web.device.poll import Poll
from qlines.web.device.polls import Polls
from qlines.web.news import Waiting
from tests.fakes.polls import COMMAND, LONG, PUMP, World
from tests.harness.deadline import eventually


@pytest.fixture
def parking():
    return World(parks=True)


def test_a_parked_poll_ends_with_408_when_its_time_is_over(parking):
    poller = parking.poller(seconds=LONG)
    assert parking.polls.command(poller) is None, "its request has ended"

    parking.clock.advance(LONG)

    eventually(lambda: poller.connection.answers == [Answer(408)], 5, "it is answered once")
    assert len(parking.polls) == 0


def test_a_command_that_is_found_while_the_time_of_its_poll_ends_is_not_lost(parking):
    may_answer, looking, answers = threading.Event(), threading.Event(), []

    def look_slowly(_poll):
        looking.set()
        may_answer.wait(LONG)
        return Answer(200)

    clock = parking.clock
    parked = ParkedPolls(look_slowly, lambda _poll, answer: answers.append(answer), clock)
    poller = parking.poller(seconds=LONG)
    poll = Poll(poller, Waiting(PUMP.id, "commands", None), lambda: None, clock.monotonic() + LONG)
    parked.add(poll)
    poll.wake()
    assert looking.wait(LONG)

    clock.advance(LONG)
    parked.end_due()
    assert len(parked) == 0, "its time is over"
    may_answer.set()

    eventually(lambda: answers == [Answer(200)], 5, "it is answered once")


def test_news_that_come_while_a_parked_poll_looks_are_looked_at_too(parking):
    may_answer, looking = threading.Event(), []

    def take_slowly(device):
        looking.append(device)
        if len(looking) == 2:
            may_answer.wait(LONG)
            return None  # it had looked before the command was there
        return parking.take(device)

    parking.polls = Polls(parking.news, parking.registry, take_slowly, parking.clock)
    poller = parking.poller(seconds=LONG)
    parking.polls.command(poller)
    parking.announcements.say(PUMP.id)
    eventually(lambda: len(looking) == 2, 5, "it looks")

    parking.send()
    may_answer.set()

    eventually(lambda: poller.connection.answers, 5, "it is answered")
    assert poller.connection.answers[0].status == 200


def test_a_parked_poll_whose_store_is_away_is_answered_with_503(parking):
    def no_answer(_device):
        if parking.looks:
            raise StoreUnavailableError("mongodb", TimeoutError())
        return parking.take(_device)

    parking.polls = Polls(parking.news, parking.registry, no_answer, parking.clock)
    poller = parking.poller(seconds=LONG)
    parking.polls.command(poller)

    parking.announcements.say(PUMP.id)

    eventually(lambda: poller.connection.answers, 5, "it is answered")
    assert poller.connection.answers[0].status == 503
    assert dict(poller.connection.answers[0].headers)["Retry-After"] == "2"


def test_many_parked_polls_each_get_their_own_command(parking):
    devices = [Device(f"{number:024x}", "a" * 24, "pump", gateway=False) for number in range(300)]
    parking.registry.tokens = {device.id: device for device in devices}
    parking.polls = Polls(parking.news, parking.registry, parking.take, parking.clock)
    pollers = [parking.poller(device, LONG, device.id) for device in devices]
    for poller in pollers:
        assert parking.polls.command(poller) is None

    for number, device in enumerate(devices):
        parking.send(device, {**COMMAND, "number": number})

    eventually(lambda: len(parking.polls) == 0, 10, "all are answered")
    numbers = [json.loads(poller.connection.answers[0].body)["id"] for poller in pollers]
    assert numbers == list(range(300))
