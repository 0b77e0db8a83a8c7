import json

from qlines.downlink.announcements import Push
from qlines.downlink.listeners import Listener
from qlines.downlink.pushes import orders_of
from qlines.downlink.wire import MAX_PAYLOAD_BYTES, NO_TAG, Order

PUMP, VALVE = "a" * 24, "b" * 24
LISTENERS = {
    PUMP: [
        Listener(f"{PUMP}/1", "v1/devices/me/attributes", 1),
        Listener(f"{PUMP}/2", "v2/a", 0),
    ],
    VALVE: [],
}


def test_every_client_that_listens_gets_each_change_in_order():
    changes = [Push(PUMP, '{"a":1}'), Push(PUMP, '{"deleted":["a"]}')]

    assert orders_of(changes, LISTENERS) == [
        Order(NO_TAG, f"{PUMP}/1", "v1/devices/me/attributes", b'{"a":1}', 1),
        Order(NO_TAG, f"{PUMP}/2", "v2/a", b'{"a":1}', 0),
        Order(NO_TAG, f"{PUMP}/1", "v1/devices/me/attributes", b'{"deleted":["a"]}', 1),
        Order(NO_TAG, f"{PUMP}/2", "v2/a", b'{"deleted":["a"]}', 0),
    ]


def test_nothing_waits_for_a_device_that_does_not_listen():
    assert orders_of([Push(VALVE, "{}")], LISTENERS) == []


def test_a_gateway_gets_the_name_beside_the_change():
    hub = Listener("c/1", "v1/gateway/attributes", 1, name='the "old" pump')

    (order,) = orders_of([Push(PUMP, '{"a":1}')], {PUMP: [hub]})

    assert order.topic == "v1/gateway/attributes"
    assert json.loads(order.payload) == {"device": 'the "old" pump', "data": {"a": 1}}


def test_a_change_that_is_too_large_for_a_message_is_several():
    values = {f"key {number}": "x" * 20_000 for number in range(10)}

    orders = orders_of([Push(VALVE, json.dumps(values))], {VALVE: LISTENERS[PUMP][:1]})

    assert all(len(order.payload) < MAX_PAYLOAD_BYTES for order in orders)
    sent = [json.loads(order.payload) for order in orders]
    assert {key: value for part in sent for key, value in part.items()} == values
    assert [key for part in sent for key in part] == list(values)
