"""A control client that does not read: the broker keeps little for it, and then ends it."""

from itertools import cycle

from qlines.downlink.wire import (
    MAX_ON_THE_WAY,
    NO_TAG,
    Hello,
    Result,
    Results,
    Session,
    Synced,
)
from tests.harness.deadline import eventually
from tests.integration.broker.control import Control, SilentControl

FILTER = "v1/devices/me/rpc/request/+"
CHANGES = 2_000
# As many packets as wait in the broker, and those that the kernel takes for the socket.
MAX_KEPT = 1_000
MAX_BEHIND = 5_000
CLIENTS = 100
DELIVERED = Result.DELIVERED


def test_a_session_that_changes_often_is_said_once(broker, connected, device_id):
    client_id = f"{device_id}/pump"
    with SilentControl(broker) as control:
        assert isinstance(control.next_event()[1], Hello)
        assert control.next_event() == (1, Synced())
        device = connected(client_id="pump")

        for _ in range(CHANGES):
            device.subscribe(FILTER, 1)
            device.unsubscribe(FILTER)
        device.subscribe(FILTER, 0)

        numbers = []
        event = None
        while event != Session(client_id, {FILTER: 0}):
            number, event = control.next_event()
            numbers.append(number)
    assert numbers == list(range(2, 2 + len(numbers)))
    assert len(numbers) < MAX_KEPT


def test_one_that_is_too_far_behind_is_disconnected_and_greeted_again(broker):
    with SilentControl(broker) as control:
        for tag in range(1, MAX_BEHIND + 2 * MAX_KEPT):
            control.order(tag, "nobody")

        assert control.is_closed_by_the_broker()

    assert "disconnected the control client: it is 50" in broker.logs()
    again = Control(broker).synced()
    assert isinstance(again.events[0], Hello)
    again.close()


def test_results_wait_until_it_reads(broker):
    tags = range(1, MAX_BEHIND - MAX_KEPT)
    with SilentControl(broker) as control:
        for tag in tags:
            control.order(tag, "nobody")
        events = control.results(len(tags))

    assert [tag for event in events for tag, _ in event.results] == list(tags)
    assert len(events) < MAX_KEPT


def test_acknowledgements_wait_until_it_reads(broker, connected):
    # Each device has two clients: one may connect only so often in a second.
    of_devices = [f"token {number // 2}" for number in range(CLIENTS)]
    ids = {token: broker.add_device(token) for token in dict.fromkeys(of_devices)}
    names = [f"pump {number % 2}" for number in range(CLIENTS)]
    clients = [f"{ids[token]}/{name}" for token, name in zip(of_devices, names, strict=True)]
    pumps = [connected(token, name) for token, name in zip(of_devices, names, strict=True)]
    for pump in pumps:
        pump.subscribe(FILTER, 1)
    to_nobody = range(1, MAX_BEHIND - MAX_KEPT - CLIENTS * MAX_ON_THE_WAY)
    tags = range(to_nobody.stop, to_nobody.stop + CLIENTS * MAX_ON_THE_WAY)
    with SilentControl(broker) as control:
        for tag in to_nobody:
            control.order(tag, "nobody")
        for tag, client_id in zip(tags, cycle(clients), strict=False):
            control.order(tag, client_id)
        for pump in pumps:
            for _ in range(MAX_ON_THE_WAY):
                pump.acknowledge(pump.take_message()[2])
            pump.ping()

        events = control.results(len(to_nobody) + 2 * len(tags))

    delivered = [tag for event in events for tag, result in event.results if result == DELIVERED]
    assert sorted(delivered) == list(tags)


def test_nothing_is_said_of_orders_without_a_tag(broker):
    with SilentControl(broker) as control:
        for _ in range(MAX_BEHIND + 2 * MAX_KEPT):
            control.order(NO_TAG, "nobody")
        control.order(7, "nobody")

        assert control.results(1) == [Results([(7, Result.NOT_CONNECTED)])]


def test_requests_are_dropped_while_it_does_not_read(broker, connected):
    device = connected()
    with SilentControl(broker):
        for _ in range(CHANGES):
            device.publish(b"x" * 1_000, "v2/a/req/1", qos=0)
        device.ping()

        eventually(
            lambda: broker.counter("requests") + broker.counter("requests_dropped") == CHANGES,
            10,
            "all are counted",
        )
        assert 0 < broker.counter("requests") < MAX_KEPT
