import json

import pytest

from qlines.downlink.call_message import Call, Result, answer_in, body_of
from qlines.downlink.calls import call_in
from qlines.errors import WebhookError
from qlines.webhook.http import Response


def test_a_webhook_is_sent_who_calls_what_and_when():
    call = Call("d" * 24, "pump", "a" * 24, "getPrice", {"of": "water"}, 7)

    assert json.loads(body_of(call, 1_800_000_000_123_456)) == {
        "type": "device.call",
        "timestamp": "2027-01-15T08:00:00.123+00:00",
        "data": {
            "device": "d" * 24,
            "name": "pump",
            "method": "getPrice",
            "params": {"of": "water"},
            "request": 7,
        },
    }


def test_whatever_is_taken_for_a_call_can_be_sent():
    params = b"[" * 252 + b"]" * 252
    called = call_in(b'{"method": "fly", "params": ' + params + b"}")

    assert params in body_of(Call("d" * 24, "pump", "a" * 24, *called, 7), 0)


@pytest.mark.parametrize("body", [b'{"euro": 2}', b"2", b"null", b'"two"', b" [1]"])
@pytest.mark.parametrize("status", [200, 201, 299])
def test_json_is_the_answer_as_it_came(status, body):
    assert answer_in(Response(status, {}, body)) == body


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (500, b"{}", "answered with 500 Internal Server Error"),
        (302, b"", "answered with 302 Found"),
        (799, b"", "answered with 799,"),
        (200, b"", "its answer is empty"),
        (204, b"", "its answer is empty"),
        (200, b"<html>", "did not answer with JSON"),
        (200, b"\xff", "did not answer with JSON"),
        (200, b"NaN", "did not answer with JSON"),
        (200, b"[" * 300 + b"]" * 300, "nested too deep"),
    ],
)
def test_anything_else_is_an_error_that_says_why(status, body, why):
    with pytest.raises(WebhookError, match=why):
        answer_in(Response(status, {}, body))


def test_a_device_gets_the_answer_or_the_error():
    assert Result(b"2", "").payload == b"2"
    assert json.loads(Result(b"", "it is away").payload) == {"error": "it is away"}
