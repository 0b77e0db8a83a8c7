"""Long polls of devices: what ends one, and what it is answered."""

import json
import threading

import pytest

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.store.registry_file import Device
from qlines.web.background import in_background
from qlines.web.device.answers import Answer
from qlines.web.device.poll import Poller
from qlines.web.device.polls import KEPT_SECONDS, Polls
from qlines.web.news import News
from tests.fakes.announcements import announced
from tests.harness.deadline import eventually

PUMP, VALVE = (Device(letter * 24, "a" * 24, "pump", gateway=False) for letter in "dc")
LONG = 30.0  # real seconds, which no test waits
COMMAND = {"number": 17, "method": 'say "hi"', "params": '{"to":[1,2]}'}


class FakeRegistry:
    def __init__(self):
        self.tokens = {"good": PUMP, "other": VALVE}
        self.devices = {PUMP.id: PUMP, VALVE.id: VALVE}
        self.changes = 1

    def device_by_token(self, token, _now_us):
        return self.tokens.get(token)

    def device(self, device_id):
        return self.devices.get(device_id)

    def generation(self):
        return self.changes


class FakeConnection:
    """A connection, which the server lets go of or not."""

    def __init__(self, *, can_be_taken):
        self.can_be_taken = can_be_taken
        self.is_closed = False  # by the device
        self.answers = []

    def has_left(self):
        return self.is_closed

    def take(self):
        return self.can_be_taken

    def answer(self, answer):
        self.answers.append(answer)


class World:
    """Polls, and what a device and its owner do."""

    def __init__(self, *, parks, max_polls=10):
        self.parks = parks
        self.clock, self.registry = FakeClock(), FakeRegistry()
        self.news, self.announcements = announced(lambda source: News(None, self.clock, source))
        self.commands = []
        self.looks = 0
        self.polls = Polls(self.news, self.registry, self.take, self.clock, max_polls)

    def take(self, device):
        self.looks += 1
        mine = [command for command in self.commands if command[0] == device]
        if not mine:
            return None
        self.commands.remove(mine[0])
        return mine[0][1]

    def poller(self, device=PUMP, seconds=0.0, token="good"):
        connection = FakeConnection(can_be_taken=self.parks)
        return Poller(device.id, token, seconds, connection)

    def poll(self, kind, poller):
        """Poll, and return the answer, whichever way it takes."""
        poll = self.polls.command if kind == "commands" else self.polls.change
        answer = poll(poller)
        if answer is not None:
            return answer
        answers = poller.connection.answers
        eventually(lambda: answers, 5, "it is answered")
        return answers[0]

    def begin(self, kind, poller=None):
        """Poll in the background until it waits; return a function that returns its answer."""
        looks, before = self.looks, len(self.polls)
        poller = poller or self.poller(seconds=LONG)
        result = in_background(lambda: self.poll(kind, poller))
        eventually(lambda: len(self.polls) > before or self.looks > looks, 5, "it waits")
        return result

    def send(self, device=PUMP, command=COMMAND):
        self.commands.append((device.id, command))
        self.announcements.say(device.id)

    def change(self, *texts, device=PUMP):
        self.announcements.say(changes=[(device.id, text) for text in texts])


@pytest.fixture(params=[False, True], ids=["in a thread", "parked"])
def world(request):
    return World(parks=request.param)


def test_a_command_that_waits_is_the_answer_at_once(world):
    world.commands.append((PUMP.id, COMMAND))

    answer = world.polls.command(world.poller())

    assert answer.status == 200
    assert json.loads(answer.body) == {"id": 17, "method": 'say "hi"', "params": {"to": [1, 2]}}


def test_a_poll_that_waits_gets_the_command_when_it_comes(world):
    answer_of = world.begin("commands")

    world.send()

    assert json.loads(answer_of().body)["id"] == 17
    assert world.looks == 2, "it looked at its start and when it was woken"
    assert len(world.polls) == 0


def test_one_that_is_woken_for_nothing_goes_on_waiting(world):
    answer_of = world.begin("commands")

    world.announcements.say(PUMP.id)
    eventually(lambda: world.looks == 2, 5, "it looked again")
    world.send()

    assert answer_of().status == 200


def test_a_command_that_came_back_from_a_broker_wakes_it(world):
    answer_of = world.begin("commands")

    world.commands.append((PUMP.id, COMMAND))
    world.announcements.say(came_back=[PUMP.id])

    assert answer_of().status == 200


def test_commands_of_others_do_not_wake_it(world):
    answer_of = world.begin("commands")

    world.send(VALVE)
    world.send(PUMP)

    assert answer_of().status == 200
    assert world.looks == 2


def test_without_a_command_it_ends_with_408_and_no_body(world):
    assert world.polls.command(world.poller()) == Answer(408)


def test_a_newer_poll_of_the_device_ends_the_older_one(world):
    older = world.begin("commands")

    newer = in_background(lambda: world.poll("commands", world.poller(seconds=LONG)))
    assert older() == Answer(408)
    world.send()

    assert newer().status == 200


def test_a_newer_poll_may_end_while_the_older_one_still_looks(world):
    may_answer = threading.Event()
    take, looking = world.take, []

    def take_slowly(device):
        looking.append(device)
        if len(looking) == 1:
            may_answer.wait(LONG)
        return take(device)

    world.polls = Polls(world.news, world.registry, take_slowly, world.clock)
    older = in_background(lambda: world.poll("commands", world.poller(seconds=LONG)))
    eventually(lambda: looking, 5, "the older one looks")

    assert world.polls.command(world.poller()) == Answer(408)
    may_answer.set()

    assert older() == Answer(408)


def test_a_device_waits_for_commands_and_changes_at_the_same_time(world):
    command, change = world.begin("commands"), world.begin("changes")

    world.change('{"interval":60}')
    world.send()

    assert change().body == b'{"interval":60}'
    assert command().status == 200


def test_a_removed_device_is_told_so(world):
    answer_of = world.begin("commands")

    del world.registry.tokens["good"], world.registry.devices[PUMP.id]
    world.registry.changes += 1
    world.polls.tidy()

    answer = answer_of()
    assert answer.status == 403
    assert json.loads(answer.body)["detail"] == "Device was deleted!"


def test_a_token_that_was_replaced_gets_no_command_any_more(world):
    answer_of = world.begin("commands")

    del world.registry.tokens["good"]
    world.send()

    assert answer_of().status == 401
    assert world.commands, "it is still there for the new token"


def test_other_changes_of_the_registry_end_nothing(world):
    answer_of = world.begin("commands")

    world.registry.changes += 1
    world.polls.tidy()
    world.send()

    assert answer_of().status == 200


def test_a_device_that_hung_up_does_not_take_the_command_with_it(world):
    poller = world.poller(seconds=LONG)
    answer_of = world.begin("commands", poller)

    poller.connection.is_closed = True
    world.send()

    assert answer_of().status == 408
    assert world.commands


def test_the_poll_of_a_device_that_hung_up_ends(world):
    poller = world.poller(seconds=LONG)
    answer_of = world.begin("changes", poller)
    world.polls.drop_who_left()
    assert len(world.polls) == 1

    poller.connection.is_closed = True
    world.polls.drop_who_left()

    assert answer_of().status == 408


@pytest.mark.parametrize("parks", [False, True])
def test_when_too_many_wait_the_next_is_refused_and_told_when_to_come_again(parks):
    world = World(parks=parks, max_polls=1)
    first = world.begin("commands")

    refused = world.polls.command(world.poller(VALVE, LONG, "other"))

    assert refused.status == 503
    assert dict(refused.headers)["Retry-After"] == "30"
    again = in_background(lambda: world.poll("commands", world.poller(seconds=LONG)))
    assert first().status == 408, "a poll in the place of the older one is not one more"
    world.send()
    assert again().status == 200


def test_changes_come_one_by_one_and_in_their_order(world):
    answer_of = world.begin("changes")
    world.change('{"a":1}', '{"deleted":["a"]}', '{"a":2}')

    answers = [answer_of(), *(world.polls.change(world.poller()) for _ in range(3))]

    assert [answer.body for answer in answers] == [
        b'{"a":1}',
        b'{"deleted":["a"]}',
        b'{"a":2}',
        b"",
    ]


def test_a_change_between_two_polls_is_there_for_the_next_one(world):
    assert world.polls.change(world.poller()).status == 408

    world.change('{"a":1}')
    world.clock.advance(KEPT_SECONDS)
    world.polls.tidy()

    assert world.polls.change(world.poller()).body == b'{"a":1}'


def test_changes_that_nobody_polls_for_are_forgotten(world):
    world.polls.change(world.poller())
    world.change('{"a":1}')

    world.clock.advance(KEPT_SECONDS + 1)
    world.polls.tidy()

    assert world.polls.change(world.poller()).status == 408


def test_changes_are_not_forgotten_under_a_poll_that_takes_long(world):
    older = world.begin("changes")
    newer = in_background(lambda: world.poll("changes", world.poller(seconds=2 * KEPT_SECONDS)))
    older()

    world.clock.advance(KEPT_SECONDS + 1)
    world.polls.tidy()
    world.change('{"a":1}')

    assert newer().body == b'{"a":1}'


# ---- parked ----


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
    may_answer, looking = threading.Event(), []

    def take_slowly(device):
        looking.append(device)
        if len(looking) == 1:
            return None
        may_answer.wait(LONG)
        return parking.take(device)

    parking.polls = Polls(parking.news, parking.registry, take_slowly, parking.clock)
    poller = parking.poller(seconds=LONG)
    parking.polls.command(poller)
    parking.send()
    eventually(lambda: len(looking) == 2, 5, "it looks")

    parking.clock.advance(LONG)
    eventually(lambda: parking.polls.parked == 0, 5, "its time is over")
    may_answer.set()

    eventually(lambda: poller.connection.answers, 5, "it is answered")
    assert [answer.status for answer in poller.connection.answers] == [200]


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
