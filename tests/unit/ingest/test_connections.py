from qlines.ingest.batch import ConnectionEvent, ConnectionEventType
from qlines.ingest.connections import Connections, Restart

METER, GATEWAY, PUMP = "1" * 24, "2" * 24, "3" * 24


def online(changes):
    return [(change.device, change.connected) for change in changes]


def connected(time_us, device=METER):
    return ConnectionEvent(time_us, ConnectionEventType.CONNECTED, device, "10.0.0.1")


def disconnected(time_us, device=METER):
    return ConnectionEvent(time_us, ConnectionEventType.DISCONNECTED, device, "timed out")


def connected_via_gateway(time_us, device=PUMP):
    return ConnectionEvent(
        time_us, ConnectionEventType.CONNECTED_VIA_GATEWAY, device, "by gateway g", GATEWAY
    )


def disconnected_via_gateway(time_us, device=PUMP):
    return ConnectionEvent(
        time_us, ConnectionEventType.DISCONNECTED_VIA_GATEWAY, device, "reported", GATEWAY
    )


def test_it_makes_a_device_online_and_offline():
    changes = Connections().count([connected(1), disconnected(2)])

    assert online(changes) == [(METER, True), (METER, False)]
    assert (changes[0].address, changes[0].reason) == ("10.0.0.1", "")
    assert (changes[1].address, changes[1].reason) == ("", "timed out")


def test_it_keeps_a_device_online_while_one_of_two_connections_is_disconnected_via_gateway():
    connections = Connections()
    connections.count([connected(1), connected(2)])

    assert connections.count([disconnected(3)]) == []
    assert online(connections.count([disconnected(4)])) == [(METER, False)]


def test_a_disconnect_without_a_connect_makes_a_device_offline():
    assert online(Connections().count([disconnected(1)])) == [(METER, False)]


def test_it_makes_a_gateways_devices_offline_with_it():
    connections = Connections()
    connections.count([connected(1, GATEWAY), connected_via_gateway(2)])

    changes = connections.count([disconnected(3, GATEWAY)])

    assert online(changes) == [(GATEWAY, False), (PUMP, False)]
    assert changes[1].reason == "its gateway disconnected"


def test_it_keeps_a_device_online_that_has_a_connection_of_its_own():
    connections = Connections()
    connections.count([connected(1, GATEWAY), connected_via_gateway(2), connected(3, PUMP)])

    assert connections.count([disconnected_via_gateway(4)]) == []
    assert online(connections.count([disconnected(5, PUMP)])) == [(PUMP, False)]


def test_it_keeps_a_device_online_that_is_still_connected_via_its_gateway():
    connections = Connections()
    connections.count([connected(1, GATEWAY), connected(2, PUMP), connected_via_gateway(3)])

    assert connections.count([disconnected(4, PUMP)]) == []
    assert online(connections.count([disconnected_via_gateway(5)])) == [(PUMP, False)]


def test_it_drops_all_connections_when_the_broker_restarts():
    connections = Connections()
    connections.count([connected(1), connected(2)])

    assert connections.count([ConnectionEvent(3, ConnectionEventType.BROKER_RESTARTED)]) == [
        Restart(3)
    ]
    assert online(connections.count([connected(4), disconnected(5)])) == [
        (METER, True), (METER, False),
    ]  # fmt: skip


def test_it_counts_no_event_twice_in_a_replay():
    connections = Connections()
    events = [connected(1), connected(2)]
    connections.count(events)

    assert connections.count(events) == []
    assert connections.count([disconnected(3)]) == []
    assert online(connections.count([disconnected(4)])) == [(METER, False)]


def test_it_reaches_the_same_count_when_a_restart_is_replayed():
    connections = Connections()
    events = [ConnectionEvent(1, ConnectionEventType.BROKER_RESTARTED), connected(2), connected(3)]
    connections.count(events)
    connections.count(events)

    assert connections.count([disconnected(4)]) == []


def test_it_resumes_from_what_was_saved():
    before = Connections()
    before.count([connected(1), connected(2), connected(3, GATEWAY), connected_via_gateway(4)])

    after = Connections.from_json(before.to_json())

    assert after.count([connected(2), disconnected(5)]) == []
    assert online(after.count([disconnected(6)])) == [(METER, False)]
    assert online(after.count([disconnected(7, GATEWAY)])) == [(GATEWAY, False), (PUMP, False)]
