import pytest

from qlines.downlink.listeners import Changed, Listener, Listeners
from qlines.downlink.wire import Ended, Hello, Session

PUMP = "6563f1a2b4c5d6e7f8091a2b"
CLIENT = f"{PUMP}/pump"
FILTER = "v1/devices/me/rpc/request/+"
LISTENER = Listener(CLIENT, "v1/devices/me/rpc/request/", 1)


@pytest.fixture
def listeners():
    listeners = Listeners()
    listeners.apply(Hello(1, ""))
    return listeners


def test_a_client_that_subscribes_for_commands_listens(listeners):
    changed = listeners.apply(Session(CLIENT, {FILTER: 1}))

    assert changed == Changed(PUMP, CLIENT, listens_now=True)
    assert listeners.of(PUMP) == [LISTENER]


@pytest.mark.parametrize(
    ("topic_filter", "topic"),
    [
        (FILTER, "v1/devices/me/rpc/request/"),
        ("v2/r/req/+", "v2/r/req/"),
        ("v2/r/req/j/+", "v2/r/req/j/"),
    ],
)
def test_commands_come_at_the_topic_that_fits_the_filter(listeners, topic_filter, topic):
    listeners.apply(Session(CLIENT, {"v1/devices/me/attributes": 1, topic_filter: 0}))

    assert listeners.of(PUMP) == [Listener(CLIENT, topic, 0)]


def test_nobody_is_sent_more_than_quality_1(listeners):
    listeners.apply(Session(CLIENT, {FILTER: 2}))

    assert listeners.of(PUMP)[0].qos == 1


def test_a_session_that_is_said_again_unchanged_does_not_begin_to_listen(listeners):
    listeners.apply(Session(CLIENT, {FILTER: 1}))

    changed = listeners.apply(Session(CLIENT, {FILTER: 1, "v1/devices/me/attributes": 1}))

    assert not changed.listens_now


def test_a_client_that_unsubscribes_listens_no_longer_and_stays_connected(listeners):
    listeners.apply(Session(CLIENT, {FILTER: 1}))

    listeners.apply(Session(CLIENT, {}))

    assert listeners.of(PUMP) == []


def test_each_client_of_a_device_listens_until_its_own_end(listeners):
    listeners.apply(Session(CLIENT, {FILTER: 1}))
    listeners.apply(Session(f"{PUMP}/spare", {FILTER: 1}))

    listeners.apply(Ended(CLIENT, is_kept=True))

    assert [listener.client_id for listener in listeners.of(PUMP)] == [f"{PUMP}/spare"]


def test_after_a_hello_nobody_listens(listeners):
    listeners.apply(Session(CLIENT, {FILTER: 1}))

    listeners.apply(Hello(2, ""))

    assert listeners.of(PUMP) == []


@pytest.mark.parametrize("topic", ["v1/devices/me/attributes", "v2/a", "v2/a/j"])
def test_changes_of_attributes_go_to_the_filter_itself(listeners, topic):
    listeners.apply(Session(CLIENT, {FILTER: 1, topic: 2}))

    assert listeners.of_changes(PUMP) == [Listener(CLIENT, topic, 1)]

    listeners.apply(Ended(CLIENT, is_kept=False))
    assert listeners.of_changes(PUMP) == []


def test_an_answer_has_the_quality_of_the_first_filter_that_matches_or_1(listeners):
    listeners.apply(Session(CLIENT, {"v1/devices/me/attributes/response/+": 0, "v2/a/res/+": 2}))

    assert listeners.qos_of_answer(CLIENT, "v1/devices/me/attributes/response/7") == 0
    assert listeners.qos_of_answer(CLIENT, "v2/a/res/7") == 1
    assert listeners.qos_of_answer(CLIENT, "v1/devices/me/rpc/response/7") == 1
    assert listeners.qos_of_answer("unknown", "v2/a/res/7") == 1


def test_a_gateway_waits_for_the_commands_and_changes_of_its_devices(listeners):
    filters = {"v1/gateway/rpc": 1, "v1/gateway/attributes": 0}

    changed = listeners.apply(Session(CLIENT, filters))

    assert (changed.listens_now, changed.speaks_now) == (False, True)
    assert listeners.gateway_of(PUMP) == [Listener(CLIENT, "v1/gateway/rpc", 1)]
    assert listeners.gateway_of_changes(PUMP) == [Listener(CLIENT, "v1/gateway/attributes", 0)]
    assert listeners.of(PUMP) == []
    assert not listeners.apply(Session(CLIENT, filters)).speaks_now

    listeners.apply(Ended(CLIENT, is_kept=False))
    assert listeners.gateway_of(PUMP) == []


def test_each_session_of_a_gateway_that_listens_gets_the_changes_of_its_devices(listeners):
    listeners.apply(Session(f"{PUMP}/speaks", {"v1/gateway/rpc": 1}))
    listeners.apply(Session(f"{PUMP}/listens", {"v1/gateway/attributes": 1}))
    listeners.apply(Session(f"{PUMP}/listens too", {"v1/gateway/attributes": 0}))

    found = listeners.gateway_of_changes(PUMP)

    assert [one.client_id for one in found] == [f"{PUMP}/listens", f"{PUMP}/listens too"]


def test_a_client_without_filters_leaves_nothing_behind(listeners):
    for number in range(3):
        listeners.apply(Session(f"{PUMP}/{number}", {FILTER: 1}))
        listeners.apply(Session(f"{PUMP}/{number}", {}))

    assert listeners.clients == 0
