import orjson
import pytest

from qlines.errors import InvalidReading
from qlines.ingest.decode import (
    decode_attributes,
    decode_gateway_attributes,
    decode_gateway_device,
    decode_gateway_telemetry,
    decode_telemetry,
)

NOW_US = 1_800_000_000_000_000
NOW_MS = NOW_US // 1000


def test_it_gives_a_flat_object_the_time_of_receipt():
    decoded = decode_telemetry(b'{"temperature": 21.5, "open": true, "name": "pump"}', NOW_US)

    assert decoded.readings == [(NOW_US, {"temperature": 21.5, "open": True, "name": "pump"})]
    assert decoded.problem == ""


def test_it_uses_the_time_that_the_device_sends():
    decoded = decode_telemetry(b'{"ts": 1700000000123, "values": {"a": 1}}', NOW_US)

    assert decoded.readings == [(1_700_000_000_123_000, {"a": 1})]


def test_it_accepts_an_array_of_both_forms():
    decoded = decode_telemetry(b'[{"a": 1}, {"ts": 1700000000000, "values": {"a": 2}}]', NOW_US)

    assert decoded.readings == [(NOW_US, {"a": 1}), (1_700_000_000_000_000, {"a": 2})]


def test_it_lets_the_later_of_two_values_of_one_time_win():
    decoded = decode_telemetry(b'[{"a": 1, "b": 1}, {"a": 2}]', NOW_US)

    assert decoded.readings == [(NOW_US, {"a": 2, "b": 1})]


def test_ts_without_values_is_a_key_as_in_thingsboard():
    assert decode_telemetry(b'{"ts": 5, "a": 1}', NOW_US).readings == [(NOW_US, {"ts": 5, "a": 1})]


@pytest.mark.parametrize("payload", [b"{}", b"[]", b'{"a": null}', b'[{}, {"a": null}]'])
def test_a_message_without_values_is_valid_and_empty(payload):
    assert decode_telemetry(payload, NOW_US) == ([], "")


def test_it_keeps_nested_values():
    decoded = decode_telemetry(b'{"position": {"lat": 1.5, "way": [1, 2]}}', NOW_US)

    assert decoded.readings == [(NOW_US, {"position": {"lat": 1.5, "way": [1, 2]}})]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not JSON: the message is empty"),
        (b" \n", "not JSON: the message is empty"),
        (b'{"a": 1', "not JSON: "),
        (b"hello", "not JSON: "),
        (b'{"a": NaN}', "not JSON: "),
        (b'{"a": Infinity}', "not JSON: "),
        (b'{"a": 1e999}', "not JSON: "),
        (b'{"a": "\xff"}', "byte 0xff at position 7 is not UTF-8"),
        (b"5", "got the bare number 5"),
        (b'"text"', "got text"),
        (b"true", "got true or false"),
        (b"null", "got null"),
        (b"[1]", "got the bare number 1"),
        (b'[{"a": 1}, [{"b": 2}]]', "got an array"),
        (b'{"ts": 1700000000000, "values": 5}', '"values" must be an object'),
        (b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}", "nested at most 16 deep"),
        (
            b'{"ts": ' + b"[" * 300 + b"]" * 300 + b', "values": {}}',
            "ts must be a whole number of milliseconds since 1970, got a value that is nested",
        ),
        (b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}", "not JSON"),
        (orjson.dumps({f"k{i}": 1 for i in range(10_000)}), "at most 1000 keys"),
    ],
)
def test_it_rejects_the_message_as_a_whole(payload, reason):
    with pytest.raises(InvalidReading) as error:
        decode_telemetry(payload, NOW_US)

    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("ts", "reason"),
    [
        (b"1700000000", "looks like seconds, multiply it by 1000"),
        (b"1700000000000000", "looks like microseconds, divide it by 1000"),
        (b"1700000000000000000", "looks like nanoseconds, divide it by 1000000"),
        (b'"1700000000000"', 'got "1700000000000"'),
        (b"true", "got true"),
        (b"null", "got null"),
        (b"1.5", "got 1.5"),
        (b"-1700000000000", "set the device's clock"),
        (b"0", "set the device's clock"),
        (b"946684799999", "set the device's clock"),
        (b"%d" % (NOW_MS + 86_400_001), "set the device's clock"),
    ],
)
def test_it_rejects_a_time_that_cannot_be_right(ts, reason):
    with pytest.raises(InvalidReading) as error:
        decode_telemetry(b'[{"a": 1}, {"ts": ' + ts + b', "values": {"a": 1}}]', NOW_US)

    assert reason in str(error.value)


def test_it_rejects_a_time_that_is_nested_deeper_than_json_can_be_written():
    payload = b'{"ts": ' + b"[" * 300 + b"]" * 300 + b', "values": {"a": 1}}'

    with pytest.raises(InvalidReading, match="got a value that is nested too deep"):
        decode_telemetry(payload, NOW_US)


@pytest.mark.parametrize("ts", [946_684_800_000, NOW_MS + 86_400_000])
def test_it_accepts_a_time_at_the_limits(ts):
    payload = b'{"ts": %d, "values": {"a": 1}}' % ts

    assert decode_telemetry(payload, NOW_US).readings == [(ts * 1000, {"a": 1})]


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("", "must not be empty"),
        ("k" * 256, "at most 255 characters, this one has 256"),
        ("a\u0000b", "control characters"),
        ("a\nb", "control characters"),
        ("a\u0085b", "control characters"),
    ],
)
def test_it_drops_an_invalid_key_and_stores_the_others(key, reason):
    decoded = decode_telemetry(orjson.dumps({key: 1, "good": 2}), NOW_US)

    assert decoded.readings == [(NOW_US, {"good": 2})]
    assert reason in decoded.problem


@pytest.mark.parametrize(
    "number", [b"9223372036854775808", b"-9223372036854775809", b"99999999999999999999"]
)
@pytest.mark.parametrize("value", [b"%s", b"[%s]", b'{"deep": [1, %s]}'])
def test_it_drops_a_whole_number_beyond_64_bits_and_stores_the_others(number, value):
    decoded = decode_telemetry(b'{"a": ' + value % number + b', "good": 2}', NOW_US)

    assert decoded.readings == [(NOW_US, {"good": 2})]
    assert "must fit into 64 bits" in decoded.problem


def test_it_keeps_the_largest_whole_numbers_exactly():
    payload = b'{"a": 9223372036854775807, "b": -9223372036854775808}'

    assert decode_telemetry(payload, NOW_US).readings == [
        (NOW_US, {"a": 9223372036854775807, "b": -9223372036854775808})
    ]


def test_it_keeps_a_large_number_that_never_had_more_digits():
    assert decode_telemetry(b'{"a": 1e30}', NOW_US).readings == [(NOW_US, {"a": 1e30})]


def test_it_names_one_dropped_key_and_counts_the_others():
    problem = decode_telemetry(orjson.dumps({"": 1, "a\t": 2, "b\t": 3}), NOW_US).problem

    assert problem.startswith('the key "" was dropped')
    assert "(2 more keys too)" in problem


def test_it_decodes_attributes():
    assert decode_attributes(b'{"fw": "1.2.3", "count": "42", "gone": null}') == (
        {"fw": "1.2.3", "count": 42},
        "",
    )


def test_it_rejects_attributes_that_are_not_an_object():
    with pytest.raises(InvalidReading, match="attributes must be an object"):
        decode_attributes(b"[1]")


def test_it_decodes_what_a_gateway_sends_for_its_devices():
    payload = b'{"A": [{"ts": 1700000000000, "values": {"a": 1}}, {"b": 2}], "B": []}'

    assert decode_gateway_telemetry(payload, NOW_US) == (
        {"A": [(1_700_000_000_000_000, {"a": 1}), (NOW_US, {"b": 2})], "B": []},
        "",
    )


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"[]", "a gateway sends an object"),
        (b'{"A": {"a": 1}}', 'an object for "A": put it into [ ]'),
        (b'{"A\\u0000": []}', "cannot be a device's name"),
        (orjson.dumps({f"d{i}": [] for i in range(1001)}), "at most 1000 devices"),
    ],
)
def test_it_rejects_a_gateway_message_of_another_shape(payload, reason):
    with pytest.raises(InvalidReading) as error:
        decode_gateway_telemetry(payload, NOW_US)

    assert reason in str(error.value)


def test_it_decodes_a_gateways_attributes():
    assert decode_gateway_attributes(b'{"A": {"k": "1"}}') == ({"A": {"k": 1}}, "")


def test_it_reads_the_device_that_a_gateway_names():
    assert decode_gateway_device(b'{"device": "A", "type": "meter"}') == "A"


@pytest.mark.parametrize("payload", [b"[]", b"{}", b'{"device": 5}', b'{"device": ""}'])
def test_it_rejects_a_connect_without_a_device_name(payload):
    with pytest.raises(InvalidReading):
        decode_gateway_device(payload)
