"""Long polls of devices: what ends one, and what it is answered."""

import json
import threading

import pytest

from qlines.web.background import in_background
from qlines.web.device.answers import Answer
from qlines.web.device.polls import KEPT_SECONDS, Polls
from tests.fakes.polls import COMMAND, LONG, PUMP, VALVE, World
from tests.harness.deadline import eventually


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
