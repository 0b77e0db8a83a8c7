import pytest

from qlines.ingest.batch import (
    Attribute,
    Batch,
    ConnectionEvent,
    ConnectionEventType,
    UnregisteredSighting,
)
from qlines.ingest.known_devices import KnownDevices
from qlines.ingest.known_keys import KnownKeys
from qlines.ingest.route import route
from qlines.reading import Reading
from qlines.spool.frame import Frame, FrameKind
from qlines.store.claims import Claim
from qlines.store.command_delivery import Answer
from tests.fakes.registry import (
    ALICE,
    BOBS_PUMP,
    GATEWAY,
    METER,
    PUMP,
    RegistryInMemory,
)

NOW_US = 1_800_000_000_000_000
TELEMETRY = "v1/devices/me/telemetry"


def routed(*frames):
    batch = Batch()
    route(frames, KnownDevices(RegistryInMemory()), KnownKeys(1000, lambda _device: set()), batch)
    return batch


def message(topic, payload, device=METER.id):
    return Frame(NOW_US, FrameKind.MESSAGE, device, topic, payload)


@pytest.mark.parametrize("topic", [TELEMETRY, "v2/t", "v2/t/j"])
def test_it_makes_a_reading_with_the_owner_of_the_tokens_device(topic):
    batch = routed(message(topic, b'{"a": 1}'))

    assert batch.readings == [Reading(METER.id, ALICE, NOW_US, {"a": 1})]
    assert isinstance(batch.readings[0], Reading)
    assert batch.counts["accepted"] == 1


@pytest.mark.parametrize(
    ("topic", "payload", "device"),
    [
        (TELEMETRY, b'{"ts": 1700000000000, "values": {"a": 1}}', METER.id),
        (
            "v1/gateway/telemetry",
            b'{"pump": [{"ts": 1700000000000, "values": {"a": 1}}]}',
            GATEWAY.id,
        ),
    ],
)
def test_a_reading_with_a_time_of_its_own_says_when_it_was_received(topic, payload, device):
    (reading,) = routed(message(topic, payload, device)).readings

    assert (reading.ts_us, reading.received_us) == (1_700_000_000_000_000, NOW_US)


def test_it_never_takes_the_device_from_the_payload():
    batch = routed(message(TELEMETRY, b'{"device": "%s", "a": 1}' % BOBS_PUMP.id.encode()))

    assert batch.readings[0].device == METER.id


def test_it_drops_and_counts_what_a_removed_device_sent():
    batch = routed(message(TELEMETRY, b'{"a": 1}', device="f" * 24))

    assert batch.readings == []
    assert batch.counts["removed"] == 1


def test_it_records_why_a_message_was_rejected():
    batch = routed(message(TELEMETRY, b"5"))

    assert batch.readings == []
    assert batch.counts["rejected"] == 1
    rejected = batch.rejected[0]
    assert (rejected.device, rejected.ts_ms, rejected.topic, rejected.payload) == (
        METER.id, NOW_US // 1000, TELEMETRY, "5",
    )  # fmt: skip
    assert "got the bare number 5" in rejected.reason


def test_it_stores_the_valid_keys_and_records_why_one_was_dropped():
    batch = routed(message(TELEMETRY, b'{"": 1, "a": 2}'))

    assert batch.readings[0].values == {"a": 2}
    assert batch.counts["accepted"] == 1
    assert batch.counts["keys_dropped"] == 1
    assert "the key" in batch.rejected[0].reason


def test_it_records_the_start_of_a_payload_that_is_not_text():
    batch = routed(message(TELEMETRY, b"\xff" * 5000))

    assert batch.rejected[0].payload == "�" * 1024


@pytest.mark.parametrize("topic", ["v1/devices/me/attributes", "v2/a", "v2/a/j"])
def test_it_accepts_client_attributes(topic):
    batch = routed(message(topic, b'{"fw": "1.2.3"}'))

    assert batch.attributes == [Attribute(METER.id, "fw", NOW_US // 1000, "1.2.3")]
    assert batch.readings == []


def test_it_lists_the_known_topics_for_an_unknown_one():
    batch = routed(message("my/topic", b"{}"))

    assert batch.rejected[0].reason.startswith(
        "topic my/topic is not one that QLines stores; these work: v1/devices/me/telemetry, "
    )


def test_it_stores_what_a_gateway_sends_for_its_owners_devices():
    batch = routed(message("v1/gateway/telemetry", b'{"pump": [{"a": 1}]}', GATEWAY.id))

    assert batch.readings == [Reading(PUMP.id, ALICE, NOW_US, {"a": 1})]


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("v1/gateway/telemetry", b'{"pump": [{"a": 1}], "nobody": [{"a": 1}]}'),
        ("v1/gateway/attributes", b'{"pump": {"fw": 1}}'),
        ("v1/gateway/connect", b'{"device": "pump"}'),
    ],
)
def test_every_message_of_a_gateway_that_names_a_device_says_how_it_is_reached(topic, payload):
    assert routed(message(topic, payload, GATEWAY.id)).gateways == {PUMP.id: GATEWAY.id}


def test_a_device_that_its_gateway_disconnects_is_reached_no_longer():
    batch = routed(
        message("v1/gateway/telemetry", b'{"pump": [{"a": 1}]}', GATEWAY.id),
        message("v1/gateway/disconnect", b'{"device": "pump"}', GATEWAY.id),
    )

    assert batch.gateways == {PUMP.id: ""}


def test_it_drops_and_reports_unregistered_devices_of_a_gateway():
    payload = b'{"nobody": [{"ts": 1700000000000, "values": {"a": 1}}, {"a": 2}]}'
    batch = routed(message("v1/gateway/telemetry", payload, GATEWAY.id))

    assert batch.readings == []
    assert batch.counts["unregistered"] == 2
    assert batch.sightings == [
        UnregisteredSighting(f"gateway {GATEWAY.id}", "nobody", NOW_US, '{"a":1}')
    ]


def test_it_never_stores_for_another_owners_device():
    batch = routed(message("v1/gateway/telemetry", b'{"bobs pump": [{"a": 1}]}', GATEWAY.id))

    assert batch.readings == []
    assert batch.sightings[0].name == "bobs pump"


def test_a_device_says_that_it_can_be_claimed():
    batch = routed(message("v1/devices/me/claim", b'{"secretKey": "s", "durationMs": 60000}'))

    assert batch.claims == [Claim(METER.id, NOW_US, "s", 60_000)]
    assert batch.counts["claims"] == batch.counts["accepted"] == 1


def test_a_claim_that_cannot_be_read_is_shown_to_the_owner():
    batch = routed(message("v1/devices/me/claim", b"[]"))

    assert batch.claims == []
    assert "must be empty or an object" in batch.rejected[0].reason


def test_a_gateway_says_it_of_the_devices_of_its_owner():
    payload = b'{"pump": {"secretKey": "s"}, "bobs pump": {}, "meter": 1}'

    batch = routed(message("v1/gateway/claim", payload, GATEWAY.id))

    assert batch.claims == [Claim(PUMP.id, NOW_US, "s", 86_400_000, by_gateway=True)]
    assert batch.gateways == {PUMP.id: GATEWAY.id}
    assert [one.name for one in batch.sightings] == ["bobs pump"]
    assert "the other devices were taken" in batch.rejected[0].reason


def test_it_explains_to_a_device_that_is_not_a_gateway_how_to_become_one():
    batch = routed(message("v1/gateway/telemetry", b'{"pump": [{"a": 1}]}'))

    assert batch.readings == []
    assert "switch 'gateway' on" in batch.rejected[0].reason


def test_it_accepts_attributes_from_a_gateway():
    batch = routed(
        message("v1/gateway/attributes", b'{"pump": {"fw": 1}, "x": {"a": 1}}', GATEWAY.id)
    )

    assert batch.attributes == [Attribute(PUMP.id, "fw", NOW_US // 1000, 1)]
    assert batch.sightings[0].name == "x"


def test_it_records_which_devices_are_connected_via_a_gateway():
    batch = routed(
        message("v1/gateway/connect", b'{"device": "pump"}', GATEWAY.id),
        message("v1/gateway/connect", b'{"device": "nobody"}', GATEWAY.id),
        message("v1/gateway/disconnect", b'{"device": "pump"}', GATEWAY.id),
        message("v1/gateway/disconnect", b'{"device": "nobody"}', GATEWAY.id),
    )

    assert [(event.type, event.device, event.gateway) for event in batch.connections] == [
        (ConnectionEventType.CONNECTED_VIA_GATEWAY, PUMP.id, GATEWAY.id),
        (ConnectionEventType.DISCONNECTED_VIA_GATEWAY, PUMP.id, GATEWAY.id),
    ]
    assert [sighting.name for sighting in batch.sightings] == ["nobody"]


def test_it_records_connections():
    batch = routed(
        Frame(1, FrameKind.WRITER_STARTED, "", "", b""),
        Frame(2, FrameKind.CONNECTED, METER.id, "", b"10.0.0.1"),
        Frame(3, FrameKind.DISCONNECTED, METER.id, "", b"client disconnected"),
    )

    assert batch.connections == [
        ConnectionEvent(1, ConnectionEventType.BROKER_RESTARTED),
        ConnectionEvent(2, ConnectionEventType.CONNECTED, METER.id, "10.0.0.1"),
        ConnectionEvent(3, ConnectionEventType.DISCONNECTED, METER.id, "client disconnected"),
    ]


def test_it_records_a_message_that_was_rejected_before_the_spool():
    batch = routed(Frame(NOW_US, FrameKind.REJECTED, METER.id, TELEMETRY, b"too long\n{..."))

    assert batch.counts["refused"] == 1
    assert (batch.rejected[0].reason, batch.rejected[0].payload) == ("too long", "{...")


def test_it_reports_an_unknown_token():
    batch = routed(Frame(NOW_US, FrameKind.UNKNOWN_TOKEN, "", "", b"mqtt\n10.0.0.9\nwrong"))

    assert batch.sightings == [UnregisteredSighting("mqtt", "wrong", NOW_US, "from 10.0.0.9")]
    assert batch.counts["unknown_tokens"] == 1


def test_it_only_counts_a_connection_without_a_token():
    batch = routed(Frame(NOW_US, FrameKind.UNKNOWN_TOKEN, "", "", b"mqtt\n10.0.0.9\n"))

    assert batch.sightings == []
    assert batch.counts["unknown_tokens"] == 1


def test_it_counts_a_frame_of_a_kind_that_it_does_not_know():
    assert routed(Frame(NOW_US, 99, METER.id, "", b"")).counts["unknown_frames"] == 1


def test_a_device_with_all_its_keys_gets_no_new_one_and_its_owner_sees_why():
    keys, batch = KnownKeys(2, lambda _device: set()), Batch()
    frames = [
        message(TELEMETRY, b'{"a": 1, "b": 2}'),
        message("v1/devices/me/attributes", b'{"c": 1}'),
        message(TELEMETRY, b'{"a": 3, "d": 4}'),
        message(TELEMETRY, b'{"d": 4}', device=PUMP.id),
    ]

    route(frames, KnownDevices(RegistryInMemory()), keys, batch)

    assert [reading.values for reading in batch.readings] == [{"a": 1, "b": 2}, {"a": 3}, {"d": 4}]
    assert batch.attributes == []
    assert batch.counts["keys_over_limit"] == 2
    assert [item.device for item in batch.rejected] == [METER.id, METER.id]
    assert 'the key "d" was dropped: a device has at most 2 keys' in batch.rejected[1].reason


def test_the_keys_of_a_gateways_devices_are_limited_by_device():
    keys, batch = KnownKeys(1, lambda _device: set()), Batch()
    payload = b'{"meter": [{"a": 1, "b": 2}], "pump": [{"b": 2}], "unknown": [{"x": 1, "y": 2}]}'

    route(
        [message("v1/gateway/telemetry", payload, device=GATEWAY.id)],
        KnownDevices(RegistryInMemory()), keys, batch,
    )  # fmt: skip

    assert [(reading.device, reading.values) for reading in batch.readings] == [
        (METER.id, {"a": 1}),
        (PUMP.id, {"b": 2}),
    ]
    assert batch.counts["keys_over_limit"] == 1


def test_a_line_of_the_broker_about_a_limit_is_shown_to_the_owner():
    batch = routed(Frame(NOW_US, FrameKind.LIMITED, METER.id, "", b"the device sends too much"))

    assert batch.rejected[0].reason == "the device sends too much"
    assert batch.rejected[0].payload == ""
    assert batch.counts["limited"] == 1


def test_a_session_that_began_is_an_arrival_of_its_client():
    frame = Frame(NOW_US, FrameKind.SESSION_STARTED, METER.id, f"{METER.id}/pump 1", b"")

    batch = routed(frame, frame._replace(time_us=NOW_US + 1))

    assert batch.arrivals == {f"{METER.id}/pump 1": NOW_US + 1}


@pytest.mark.parametrize("topic", ["v1/devices/me/rpc/response/7", "v2/r/res/7", "v2/r/res/j/7"])
@pytest.mark.parametrize("payload", [b'{"ok": true}', b"done", b""])
def test_it_takes_the_answer_to_a_command_as_it_came(topic, payload):
    batch = routed(message(topic, payload))

    assert batch.answers == [Answer(METER.id, 7, payload.decode(), NOW_US)]
    assert batch.counts["answers"] == 1
    assert batch.counts["accepted"] == 1
    assert batch.rejected == []


@pytest.mark.parametrize("number", ["0", "-1", "2147483648", "x", ""])
def test_it_rejects_an_answer_under_a_wrong_number(number):
    batch = routed(message(f"v1/devices/me/rpc/response/{number}", b"{}"))

    assert batch.answers == []
    assert batch.counts["rejected"] == 1
    assert "a whole number from 1 to 2147483647" in batch.rejected[0].reason


def test_it_rejects_an_answer_that_is_not_utf8():
    batch = routed(message("v2/r/res/1", b"\xff"))

    assert batch.answers == []
    assert "text in UTF-8" in batch.rejected[0].reason


@pytest.mark.parametrize("topic", ["v1/devices/me/rpc/response", "v2/r/res/p/1", "v2/r/res/1/2"])
def test_it_names_the_topics_of_answers_for_one_that_is_like_them(topic):
    batch = routed(message(topic, b"{}"))

    assert batch.answers == []
    assert f"topic {topic} is not one that QLines stores" in batch.rejected[0].reason
    assert "v1/devices/me/rpc/response/{number}, v2/r/res/{number}" in batch.rejected[0].reason


def test_both_answers_of_one_batch_are_in_it():
    batch = routed(message("v2/r/res/1", b"first"), message("v2/r/res/1", b"second"))

    assert [answer.text for answer in batch.answers] == ["first", "second"]


def test_a_gateway_answers_for_a_device_of_its_owner():
    batch = routed(
        message("v1/gateway/rpc", b'{"device": "pump", "id": 3, "data": {"a": 1}}', GATEWAY.id)
    )

    assert batch.answers == [Answer(PUMP.id, 3, '{"a": 1}', NOW_US)]
    assert batch.counts["accepted"] == 1


@pytest.mark.parametrize("name", ["bobs pump", "nobody"])
def test_an_answer_of_a_gateway_for_a_device_that_is_not_its_owners_is_a_sighting(name):
    payload = b'{"device": "%s", "id": 3, "data": 1}' % name.encode()
    batch = routed(message("v1/gateway/rpc", payload, GATEWAY.id))

    assert batch.answers == []
    assert batch.sightings == [UnregisteredSighting(f"gateway {GATEWAY.id}", name, NOW_US, "")]
    assert batch.counts["unregistered"] == 1


def test_a_device_that_is_no_gateway_answers_for_no_other():
    batch = routed(message("v1/gateway/rpc", b'{"device": "pump", "id": 3, "data": 1}'))

    assert batch.answers == []
    assert "switch 'gateway' on" in batch.rejected[0].reason
