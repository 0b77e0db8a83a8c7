"""What a device asks for when it requests attributes, and the answer, as in ThingsBoard; pure.

===========================================  ======================================================
asked                                        answered
===========================================  ======================================================
neither scope                                all client and all shared attributes
one scope                                    that one; the other is not read, so it is absent
``"a,b,"``                                   a and b: split at commas, not trimmed, the end ignored
``""``                                       none of that scope; over HTTP as if it was not there
keys that do not exist                       without them; a scope without any is absent
===========================================  ======================================================

The source is ThingsBoard's ``JsonMqttAdaptor``, ``JsonConverter``, ``DeviceApiController`` and
``AbstractGatewaySessionHandler``. Keys may also come as an array of texts.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from qlines.errors import InvalidReading
from qlines.reading import Value
from qlines.value_rules import shown

EXAMPLE = '{"clientKeys": "a,b", "sharedKeys": "c"}'
GATEWAY_EXAMPLE = '{"id": 1, "device": "name", "client": true, "keys": ["a", "b"]}'
GATEWAY_REQUEST = "v1/gateway/attributes/request"
GATEWAY_RESPONSE = "v1/gateway/attributes/response"
# Where a request ends with its number, and where its answer does.
RESPONSES = {
    "v1/devices/me/attributes/request/": "v1/devices/me/attributes/response/",
    "v2/a/req/j/": "v2/a/res/j/",
    "v2/a/req/": "v2/a/res/",
}
PROTOBUF = "v2/a/req/p/"
NUMBER = re.compile(r"-?[0-9]{1,10}", re.ASCII)
MIN_NUMBER = -(2**31)
MAX_NUMBER = 2**31 - 1


class AttributeRequest(NamedTuple):
    """A device's request: the keys of each scope, None for a scope that it did not name.

    Over HTTP *number* is 0 and *response_topic* is empty.
    """

    number: int
    client_keys: list[str] | None
    shared_keys: list[str] | None
    response_topic: str

    @property
    def asks_client(self) -> bool:
        """Return whether client attributes must be read."""
        return self.client_keys is not None or self.shared_keys is None

    @property
    def asks_shared(self) -> bool:
        """Return whether shared attributes must be read."""
        return self.shared_keys is not None or self.client_keys is None


class GatewayAttributeRequest(NamedTuple):
    """A gateway's request for one scope of a device of its owner, by name."""

    id: int
    device: str
    is_client: bool
    keys: list[str]


def parse(topic: str, payload: bytes) -> AttributeRequest:
    """Return what a device asks for.

    Raise InvalidReading, with a sentence for the device's owner, when it is not a request.
    """
    number, response_topic = _number_and_response(topic)
    document = _object_in(payload, EXAMPLE)
    client = _keys_in(document.get("clientKeys"), "clientKeys")
    shared = _keys_in(document.get("sharedKeys"), "sharedKeys")
    return AttributeRequest(number, client, shared, response_topic)


def of_query(query: Mapping[str, list[str]]) -> AttributeRequest:
    """Return what a device asks for over HTTP, by its query's parameters; others are ignored."""
    client, shared = (query.get(name, [""])[0] for name in ("clientKeys", "sharedKeys"))
    return AttributeRequest(0, _split(client) or None, _split(shared) or None, "")


def answer(
    request: AttributeRequest, client: Mapping[str, Value], shared: Mapping[str, Value]
) -> bytes:
    """Return the answer, from the values of each scope; of one that was not asked none is used."""
    scopes = {
        "client": _chosen(client, request.client_keys) if request.asks_client else {},
        "shared": _chosen(shared, request.shared_keys) if request.asks_shared else {},
    }
    return orjson.dumps({scope: values for scope, values in scopes.items() if values})


def parse_gateway(payload: bytes) -> GatewayAttributeRequest:
    """Return what a gateway asks for; without ``client`` it is the shared attributes.

    ThingsBoard's code reads ``"client": true`` with ``key`` or ``keys``, its documentation has
    arrays of keys in ``client`` and ``shared``. Raise InvalidReading, with a sentence for the
    gateway's owner, when it is neither.
    """
    document = _object_in(payload, GATEWAY_EXAMPLE)
    number, device = document.get("id"), document.get("device")
    if type(number) is not int or not MIN_NUMBER <= number <= MAX_NUMBER:
        raise InvalidReading(
            f"the id of a request for attributes must be a whole number of 32 bits, got "
            f"{shown(number)}: send an object such as {GATEWAY_EXAMPLE}"
        )
    if type(device) is not str or not device:
        raise InvalidReading(
            f"device must be the name of the device whose attributes are asked for, got "
            f"{shown(device)}: send an object such as {GATEWAY_EXAMPLE}"
        )
    is_client, keys = _scope_and_keys(document)
    return GatewayAttributeRequest(number, device, is_client, keys)


def answer_gateway(request: GatewayAttributeRequest, values: Mapping[str, Value]) -> bytes:
    """Return the answer, from the values of the scope: ``value`` when one key was asked for."""
    found = _chosen(values, request.keys)
    body: dict[str, Any] = {"id": request.id, "device": request.device}
    if found and len(request.keys) == 1:
        body["value"] = found[request.keys[0]]
    elif found:
        body["values"] = found
    return orjson.dumps(body)


def _number_and_response(topic: str) -> tuple[int, str]:
    if topic.startswith(PROTOBUF):
        raise InvalidReading(
            f"attributes are requested in JSON, and the topic {shown(topic)} is for protobuf: "
            "publish to v2/a/req/{number}"
        )
    for base, response in RESPONSES.items():
        if topic.startswith(base):
            tail = topic.removeprefix(base)
            if NUMBER.fullmatch(tail) and MIN_NUMBER <= int(tail) <= MAX_NUMBER:
                return int(tail), f"{response}{int(tail)}"
            raise InvalidReading(
                "the topic of a request for attributes ends with a whole number of 32 bits, got "
                f"{shown(tail)}: publish to {base}1, and count up"
            )
    raise InvalidReading(
        f"the topic {shown(topic)} is not one of a request for attributes: publish to "
        f"{next(iter(RESPONSES))}{{number}}"
    )


def _object_in(payload: bytes, example: str) -> dict[str, Any]:
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        reason = str(error) if payload else "the message is empty"
        raise InvalidReading(f"not JSON: {reason}; send an object such as {example}") from None
    if type(document) is not dict:
        raise InvalidReading(
            f"a request for attributes must be an object such as {example}, got {shown(document)}"
        )
    return document


def _scope_and_keys(document: dict[str, Any]) -> tuple[bool, list[str]]:
    client, shared = document.get("client", False), document.get("shared")
    if type(client) is not list and type(shared) is not list:
        if type(client) is not bool:
            raise InvalidReading(
                f"client must be true or false, got {shown(client)}: send an object such as "
                f"{GATEWAY_EXAMPLE}"
            )
        return client, _gateway_keys(document)
    if client and shared:
        raise InvalidReading(
            "a gateway asks for the client or for the shared attributes, got keys of both: send "
            "two requests"
        )
    is_client = bool(client) or type(shared) is not list
    return is_client, _keys_in(client if is_client else shared, "keys") or []


def _gateway_keys(document: dict[str, Any]) -> list[str]:
    key = document.get("key")
    if type(key) is str:
        return [key]
    keys = _keys_in(document.get("keys", key), "keys")
    if keys is None:
        raise InvalidReading(
            f"a gateway names the attributes in key or keys, got neither: send an object such as "
            f"{GATEWAY_EXAMPLE}"
        )
    return keys


def _keys_in(keys: Any, name: str) -> list[str] | None:
    if keys is None:
        return None
    if type(keys) is str:
        return _split(keys)
    if type(keys) is list and all(type(key) is str for key in keys):
        return list(dict.fromkeys(keys))
    raise InvalidReading(
        f'{name} must be keys separated by commas, such as "a,b", got {shown(keys)}'
    )


def _split(text: str) -> list[str]:
    """Return the keys of a text, in order, without duplicates."""
    return list(dict.fromkeys(text.rstrip(",").split(","))) if text.rstrip(",") else []


def _chosen(values: Mapping[str, Value], keys: list[str] | None) -> dict[str, Value]:
    if keys is None:
        return dict(values)
    return {key: values[key] for key in keys if key in values}
