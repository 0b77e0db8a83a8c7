"""A control client that does not read: the broker keeps little for it, and then ends it."""

from qlines.downlink.wire import Hello, Results, Session, Synced
from tests.harness.deadline import eventually
from tests.integration.broker.control import Control, SilentControl

FILTER = "v1/devices/me/rpc/request/+"
CHANGES = 2_000
# As many packets as wait in the broker, and those that the kernel takes for the socket.
MAX_KEPT = 1_000
MAX_BEHIND = 5_000


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
        for tag in range(MAX_BEHIND + 2 * MAX_KEPT):
            control.order(tag, "nobody")

        assert control.is_closed_by_the_broker()

    assert "disconnected the control client: it is 50" in broker.logs()
    again = Control(broker).synced()
    assert isinstance(again.events[0], Hello)
    again.close()


def test_results_wait_until_it_reads(broker):
    with SilentControl(broker) as control:
        for tag in range(MAX_BEHIND - MAX_KEPT):
            control.order(tag, "nobody")
        events = []

        def all_tags():
            return [tag for event in events for tag, _ in event.results]

        while len(all_tags()) < MAX_BEHIND - MAX_KEPT:
            event = control.next_event()[1]
            events += [event] if isinstance(event, Results) else []

    assert all_tags() == list(range(MAX_BEHIND - MAX_KEPT))
    assert len(events) < MAX_KEPT


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
