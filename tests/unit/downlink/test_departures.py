import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from qlines.downlink.departures import (
    MAX_BACKOFF_SECONDS,
    backoff_seconds,
    choose,
    payload_of,
    seconds_left,
    ways,
)
from qlines.downlink.flight import Attempt, Way
from qlines.downlink.listeners import Listener
from qlines.downlink.wire import MAX_ON_THE_WAY

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PUMP, VALVE = "a" * 24, "b" * 24
LISTENERS = {
    PUMP: [Listener(f"{PUMP}/1", "v1/devices/me/rpc/request/", 1)],
    VALVE: [Listener(f"{VALVE}/1", "v2/r/req/", 0), Listener(f"{VALVE}/2", "v2/r/req/", 1)],
}


def command(device=PUMP, number=1, **more):
    call = {"method": "open", "params": '{"to":1}'}
    return {"_id": f"{device}-{number}", "number": number, **call, **more}


def chosen(commands, on_the_way=None):
    leaving, full = choose(commands, LISTENERS, Counter(on_the_way).__getitem__)
    return [(one.command["_id"], len(one.to)) for one in leaving], full


def test_a_command_goes_to_every_client_of_its_device_that_listens():
    commands = [command(), command(VALVE)]

    assert chosen(commands) == ([(f"{PUMP}-1", 1), (f"{VALVE}-1", 2)], set())


def test_no_more_leave_than_a_client_takes_and_the_others_wait_in_order():
    commands = [command(number=number) for number in range(1, 6)]

    leaving, full = chosen(commands, {f"{PUMP}/1": MAX_ON_THE_WAY - 2})

    assert leaving == [(f"{PUMP}-1", 1), (f"{PUMP}-2", 1)]
    assert full == {PUMP}


def test_one_full_client_does_not_keep_a_command_from_the_other():
    assert chosen([command(VALVE)], {f"{VALVE}/1": MAX_ON_THE_WAY}) == ([(f"{VALVE}-1", 1)], set())


def test_the_device_gets_method_and_params_always_both():
    assert payload_of(command()) == b'{"method":"open","params":{"to":1}}'
    assert payload_of(command(params="null")) == b'{"method":"open","params":null}'
    assert payload_of(command(method='"ö')) == '{"method":"\\"ö","params":{"to":1}}'.encode()


def test_the_number_ends_the_topic_of_each_way():
    attempt = Attempt(f"{VALVE}-7", 2)

    first, second = ways(command(VALVE, 7), attempt, LISTENERS[VALVE])

    assert first == Way(attempt, f"{VALVE}/1", "v2/r/req/7", b'{"method":"open","params":{"to":1}}')
    assert (second.client_id, second.topic) == (f"{VALVE}/2", "v2/r/req/7")


def test_a_gateway_gets_the_number_and_the_name_in_the_message():
    hub = Listener("c/1", "v1/gateway/rpc", 1, name="pümp")

    (way,) = ways(command(VALVE, 7), Attempt(f"{VALVE}-7", 1), [hub])

    assert way.topic == "v1/gateway/rpc"
    assert json.loads(way.payload) == {
        "device": "pümp",
        "data": {"id": 7, "method": "open", "params": {"to": 1}},
    }


@pytest.mark.parametrize(("left_ms", "seconds"), [(90_000, 90), (1_500, 2), (10, 1), (-5_000, 1)])
def test_the_broker_keeps_a_message_until_the_command_expires(left_ms, seconds):
    expires_at = NOW + timedelta(milliseconds=left_ms)

    assert seconds_left(command(expires_at=expires_at), NOW) == seconds


def test_after_the_first_attempt_it_is_sent_again_at_once_later_ever_slower():
    pauses = [backoff_seconds(attempt) for attempt in (1, 2, 3, 4, 50, 100_000)]

    assert pauses == [0, 1, 2, 4, MAX_BACKOFF_SECONDS, MAX_BACKOFF_SECONDS]
