import json

import pytest

from qlines.downlink.attribute_requests import (
    AttributeRequest,
    GatewayAttributeRequest,
    answer,
    answer_gateway,
    of_query,
    parse,
    parse_gateway,
)
from qlines.errors import InvalidReading

TOPIC = "v1/devices/me/attributes/request/7"
CLIENT = {"firmware": "1.2", "color": "red", "nested": {"a": [1, True]}}
SHARED = {"interval": 60, "valve": False}


def asked(document):
    return parse(TOPIC, json.dumps(document).encode())


def answered(document):
    return json.loads(answer(asked(document), CLIENT, SHARED))


@pytest.mark.parametrize(
    ("topic", "number", "response_topic"),
    [
        ("v1/devices/me/attributes/request/0", 0, "v1/devices/me/attributes/response/0"),
        (TOPIC, 7, "v1/devices/me/attributes/response/7"),
        ("v2/a/req/2147483647", 2147483647, "v2/a/res/2147483647"),
        ("v2/a/req/j/-2147483648", -2147483648, "v2/a/res/j/-2147483648"),
    ],
)
def test_the_answer_goes_where_the_request_came_from_with_its_number(topic, number, response_topic):
    assert parse(topic, b"{}") == AttributeRequest(number, None, None, response_topic)


@pytest.mark.parametrize("tail", ["", "a", "1.5", "2147483648", "-2147483649", "9" * 5000, "1/2"])
def test_a_number_that_does_not_fit_into_32_bits_is_refused(tail):
    with pytest.raises(InvalidReading, match=r"whole number of 32 bits, got .*publish to .*/1"):
        parse(f"v1/devices/me/attributes/request/{tail}", b"{}")


@pytest.mark.parametrize("topic", ["v1/devices/me/attributes", "v2/a", "", "v1/x/request/1"])
def test_another_topic_is_refused(topic):
    with pytest.raises(InvalidReading, match=r"is not one of a request for attributes: publish"):
        parse(topic, b"{}")


def test_protobuf_is_refused_with_the_topic_for_json():
    with pytest.raises(InvalidReading, match=r"is for protobuf: publish to v2/a/req/\{number\}"):
        parse("v2/a/req/p/1", b"\x0a\x01a")


@pytest.mark.parametrize(
    ("document", "client_keys", "shared_keys"),
    [
        ({}, None, None),
        ({"clientKeys": "a,b"}, ["a", "b"], None),
        ({"sharedKeys": "fw_title,fw_version,"}, None, ["fw_title", "fw_version"]),
        ({"clientKeys": "a", "sharedKeys": " b,b, b"}, ["a"], [" b", "b"]),
        ({"clientKeys": ""}, [], None),
        ({"clientKeys": ",,"}, [], None),
        ({"clientKeys": ",a"}, ["", "a"], None),
        ({"clientKeys": None, "sharedKeys": ["a,b", "c"]}, None, ["a,b", "c"]),
        ({"other": 1}, None, None),
    ],
)
def test_keys_are_separated_by_commas_as_in_thingsboard(document, client_keys, shared_keys):
    request = asked(document)

    assert (request.client_keys, request.shared_keys) == (client_keys, shared_keys)


@pytest.mark.parametrize("keys", [1, True, {"a": 1}, [1], [["a"]]])
def test_keys_of_another_kind_are_refused(keys):
    with pytest.raises(InvalidReading, match="sharedKeys must be keys separated by commas"):
        asked({"sharedKeys": keys})


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff", b"[" * 5000])
def test_what_is_not_json_is_refused_with_an_example(payload):
    with pytest.raises(InvalidReading, match=r'not JSON: .*send an object such as \{"clientKeys"'):
        parse(TOPIC, payload)


@pytest.mark.parametrize("payload", [b"[]", b"5", b'"a,b"', b"null"])
def test_what_is_no_object_is_refused_with_an_example(payload):
    with pytest.raises(InvalidReading, match=r'must be an object such as \{"clientKeys"'):
        parse(TOPIC, payload)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, {"client": CLIENT, "shared": SHARED}),
        ({"clientKeys": "color"}, {"client": {"color": "red"}}),
        ({"sharedKeys": "valve,interval"}, {"shared": {"valve": False, "interval": 60}}),
        ({"clientKeys": "none", "sharedKeys": "valve"}, {"shared": {"valve": False}}),
        ({"clientKeys": "", "sharedKeys": "valve"}, {"shared": {"valve": False}}),
        ({"clientKeys": ""}, {}),
        ({"clientKeys": "none", "sharedKeys": "none"}, {}),
    ],
)
def test_a_scope_that_was_not_asked_for_or_has_nothing_is_absent(document, expected):
    assert answered(document) == expected


def test_a_device_without_attributes_is_still_answered():
    assert answer(asked({}), {}, {}) == b"{}"


def test_a_scope_that_was_not_asked_for_need_not_be_read():
    client, shared, both = asked({"clientKeys": "a"}), asked({"sharedKeys": "a"}), asked({})

    assert (client.asks_client, client.asks_shared) == (True, False)
    assert (shared.asks_client, shared.asks_shared) == (False, True)
    assert (both.asks_client, both.asks_shared) == (True, True)


@pytest.mark.parametrize(
    ("query", "client_keys", "shared_keys"),
    [
        ({}, None, None),
        ({"clientKeys": ["a,b,"], "sharedKeys": ["c"]}, ["a", "b"], ["c"]),
        ({"sharedKeys": ["c"]}, None, ["c"]),
        ({"clientKeys": [""], "sharedKeys": ["c"]}, None, ["c"]),
        ({"clientKeys": [""]}, None, None),
        ({"client_keys": ["a"], "shared_keys": ["c"]}, None, None),
    ],
)
def test_over_http_other_parameters_and_empty_ones_are_as_if_they_were_not_there(
    query, client_keys, shared_keys
):
    assert of_query(query) == AttributeRequest(0, client_keys, shared_keys, "")


@pytest.mark.parametrize(
    ("more", "is_client", "keys"),
    [
        ({"client": True, "key": "a,b"}, True, ["a,b"]),
        ({"client": False, "keys": ["a", "b"]}, False, ["a", "b"]),
        ({"key": "a"}, False, ["a"]),
        ({"keys": "a,b"}, False, ["a", "b"]),
        ({"client": True, "keys": []}, True, []),
        ({"client": ["a", "b"]}, True, ["a", "b"]),
        ({"shared": ["a"]}, False, ["a"]),
        ({"client": [], "shared": ["a"]}, False, ["a"]),
    ],
)
def test_a_gateway_asks_in_the_form_of_the_code_or_of_the_documentation(more, is_client, keys):
    payload = json.dumps({"id": 3, "device": "pump", **more}).encode()

    assert parse_gateway(payload) == GatewayAttributeRequest(3, "pump", is_client, keys)


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        ({"device": "a", "key": "k"}, "id of a request for attributes must be a whole number"),
        ({"id": True, "device": "a", "key": "k"}, "must be a whole number of 32 bits, got true"),
        ({"id": 2**31, "device": "a", "key": "k"}, "of 32 bits, got 2147483648"),
        ({"id": 1, "key": "k"}, "device must be the name of the device"),
        ({"id": 1, "device": "", "key": "k"}, "device must be the name of the device"),
        ({"id": 1, "device": "a"}, "names the attributes in key or keys, got neither"),
        ({"id": 1, "device": "a", "keys": 1}, "keys must be keys separated by commas"),
        ({"id": 1, "device": "a", "key": 1}, "keys must be keys separated by commas"),
        ({"id": 1, "device": "a", "client": 1, "key": "k"}, "client must be true or false, got 1"),
        ({"id": 1, "device": "a", "client": ["k"], "shared": ["k"]}, "got keys of both"),
    ],
)
def test_a_gateways_request_that_lacks_something_says_what(document, rule):
    with pytest.raises(InvalidReading, match=rule):
        parse_gateway(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["color"], {"value": "red"}),
        (["firmware", "color", "none"], {"values": {"firmware": "1.2", "color": "red"}}),
        (["color", "none"], {"values": {"color": "red"}}),
        (["none"], {}),
        ([], {}),
    ],
)
def test_a_gateway_gets_one_value_several_or_neither(keys, expected):
    request = GatewayAttributeRequest(3, "pump", True, keys)

    assert json.loads(answer_gateway(request, CLIENT)) == {"id": 3, "device": "pump", **expected}
