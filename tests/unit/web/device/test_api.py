"""The HTTP API for devices."""

import json

import pytest

from qlines.downlink.call_message import Call
from qlines.errors import StoreUnavailableError
from qlines.reading import MAX_PAYLOAD_BYTES
from qlines.spool.frame import FrameKind
from qlines.web.device.api import UNKNOWN_TOKENS_PER_SECOND
from tests.unit.web.device.conftest import DEVICE


@pytest.mark.parametrize("what", ["telemetry", "attributes"])
def test_200_without_a_body_means_that_the_message_is_in_the_spool(http, what):
    answer = http.send("POST", f"/api/v1/good/{what}", b'{"a": 1}')

    assert (answer.status, answer.body) == (200, b"")
    assert http.spool.frames == [
        (FrameKind.MESSAGE, DEVICE.id, f"v1/devices/me/{what}", b'{"a": 1}')
    ]


def test_a_node_whose_spool_nobody_reads_takes_nothing(http):
    http.api._closed_because = "this node serves people only"

    answers = [
        http.send("POST", "/api/v1/good/telemetry", b"{}"),
        http.send("POST", "/api/v1/unknown/telemetry", b"{}"),
    ]

    assert [answer.status for answer in answers] == [503, 503]
    assert json.loads(answers[0].body)["detail"] == "this node serves people only"
    assert http.spool.frames == []


@pytest.mark.parametrize("body", [b"5", b"null", b"[]", b'{"a": {"b": [1]}}', b'"text"'])
def test_json_of_any_shape_is_accepted_and_left_to_ingest(http, body):
    assert http.send("POST", "/api/v1/good/telemetry", body).status == 200


@pytest.mark.parametrize("body", [b"", b"{", b"temperature=5", b"NaN", b"\xff\xfe", b"[" * 5000])
def test_a_body_that_is_not_json_is_refused_and_shown_to_the_owner(http, body):
    answer = http.send("POST", "/api/v1/good/telemetry", body)

    assert answer.status == 400
    assert json.loads(answer.body)["detail"].startswith("not JSON")
    [(kind, device, topic, payload)] = http.spool.frames
    assert (kind, device, topic) == (FrameKind.REJECTED, DEVICE.id, "v1/devices/me/telemetry")
    assert payload.startswith(b"not JSON")
    assert payload.partition(b"\n")[2] == body[:256]


def test_the_largest_body_is_accepted(http):
    body = b'"' + b"x" * (MAX_PAYLOAD_BYTES - 2) + b'"'

    assert http.send("POST", "/api/v1/good/telemetry", body).status == 200


@pytest.mark.parametrize("length", ["\xb2", "9" * 5000, "-1", "1e9"])
def test_a_length_that_is_not_a_number_is_no_error(http, length):
    """int() refuses a superscript, which isdigit() takes, and more than 4,300 digits."""
    answer = http.send("POST", "/api/v1/good/telemetry", b"{}", length=length)

    assert answer.status == (413 if length.isdecimal() else 200)


@pytest.mark.parametrize("length", [None, ""])
def test_a_larger_body_is_refused_also_when_it_comes_in_chunks(http, length):
    body = b'"' + b"x" * (MAX_PAYLOAD_BYTES - 1) + b'"'

    answer = http.send("POST", "/api/v1/good/telemetry", body, length=length)

    assert answer.status == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert http.spool.frames[0][0] == FrameKind.REJECTED


def test_an_unknown_token_is_refused_and_recorded(http):
    answer = http.send("POST", "/api/v1/unknown/telemetry", b'{"a": 1}')

    assert answer.status == 401
    assert http.spool.frames == [(FrameKind.UNKNOWN_TOKEN, "", "", b"http\n192.0.2.7\nunknown")]


def test_at_most_twenty_unknown_tokens_a_second_are_recorded(http):
    for _ in range(30):
        http.send("POST", "/api/v1/unknown/telemetry", b"1")
    assert len(http.spool.frames) == UNKNOWN_TOKENS_PER_SECOND

    http.clock.advance(1)
    http.send("POST", "/api/v1/unknown/telemetry", b"1")

    assert len(http.spool.frames) == UNKNOWN_TOKENS_PER_SECOND + 1
    assert http.api.counters["unknown_tokens"] == 31


def test_unknown_tokens_do_not_affect_a_valid_one(http):
    for _ in range(100):
        http.send("POST", "/api/v1/unknown/telemetry", b"1")

    assert http.send("POST", "/api/v1/good/telemetry", b"1").status == 200


def test_a_full_spool_is_503_with_retry_after(http):
    http.spool.is_full = True

    answer = http.send("POST", "/api/v1/good/telemetry", b"1")

    assert answer.status == 503
    assert answer.headers["Retry-After"] == "2"
    detail = json.loads(answer.body)["detail"]
    assert detail == "the message was not stored, send it again: the spool holds too much"


def test_a_full_spool_does_not_change_other_refusals(http):
    http.spool.is_full = True

    assert http.send("POST", "/api/v1/unknown/telemetry", b"1").status == 401
    assert http.send("POST", "/api/v1/good/telemetry", b"{").status == 400


def test_it_answers_503_until_the_registry_file_is_built(http):
    http.registry.is_built = False

    assert http.send("POST", "/api/v1/good/telemetry", b"1").status == 503


def test_a_request_for_a_token_that_got_no_answer_is_not_said_to_have_done_nothing(http):
    def away(_environ, _payload):
        raise StoreUnavailableError("mongodb", OSError("away"))

    http.api._provisioning.answer = away

    answer = http.send("POST", "/api/v1/provision", b"{}")

    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert json.loads(answer.body)["detail"] == (
        "the request was not answered, send it again: mongodb does not answer: away"
    )
    assert http.api.counters["unavailable"] == 1


def test_a_fault_of_ours_is_logged_without_the_token_of_the_device(http, caplog, monkeypatch):
    def break_down(*_arguments):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(http.spool, "append", break_down)

    answer = http.send("POST", "/api/v1/good/telemetry", b"1")

    assert answer.status == 500
    assert "see the log of gunicorn" in json.loads(answer.body)["detail"]
    assert "failed at POST telemetry of a device" in caplog.text
    assert "a fault of ours" in caplog.text
    assert "/good" not in caplog.text


def test_a_token_is_read_as_utf_8(http):
    assert http.send("POST", "/api/v1/ü/telemetry", b"1").status == 200


CLIENT = {"firmware": "1.2", "color": "red"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"client": CLIENT, "shared": {"valve": True}}),
        ("client_keys=color", {"client": CLIENT, "shared": {"valve": True}}),
        ("clientKeys=&sharedKeys=", {"client": CLIENT, "shared": {"valve": True}}),
        ("clientKeys=color,none,", {"client": {"color": "red"}}),
        ("clientKeys=none", {}),
        ("sharedKeys=valve", {"shared": {"valve": True}}),
        ("clientKeys=color&sharedKeys=none", {"client": {"color": "red"}}),
    ],
)
def test_a_device_reads_the_attributes_that_it_asks_for(http, query, expected):
    answer = http.send("GET", "/api/v1/good/attributes", query=query)

    assert answer.status == 200
    assert json.loads(answer.body) == expected


@pytest.mark.parametrize(
    ("query", "scopes"),
    [("clientKeys=a", ["client"]), ("sharedKeys=a", ["shared"]), ("", ["client", "shared"])],
)
def test_a_scope_that_is_not_asked_for_is_not_read(http, query, scopes):
    http.send("GET", "/api/v1/good/attributes", query=query)

    assert http.read == [(scope, DEVICE.id) for scope in scopes]


@pytest.mark.parametrize("path", ["claims", "firmware", "attributes/others", "rpcs", ""])
def test_a_path_that_is_not_supported_says_which_are(http, path):
    answer = http.send("GET", f"/api/v1/good/{path}")

    assert answer.status == 404
    assert "POST /api/v1/{token}/telemetry" in json.loads(answer.body)["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "telemetry", "POST"),
        ("GET", "rpc/1", "POST"),
        ("POST", "attributes/updates", "GET"),
        ("DELETE", "rpc", "GET, POST"),
    ],
)
def test_a_method_that_is_not_allowed_says_which_is(http, method, path, allowed):
    answer = http.send(method, f"/api/v1/good/{path}")

    assert answer.status == 405
    assert answer.headers["Allow"] == allowed


def test_a_device_polls_for_a_command(http):
    http.commands.append({"number": 3, "method": "open", "params": "null"})

    answer = http.send("GET", "/api/v1/good/rpc", query="timeout=1000")

    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert json.loads(answer.body) == {"id": 3, "method": "open", "params": None}


def test_a_poll_without_news_is_408_without_a_body(http):
    for path in ("rpc", "attributes/updates"):
        answer = http.send("GET", f"/api/v1/good/{path}", query="timeout=1")

        assert (answer.status, answer.body) == (408, b"")


def test_a_device_polls_for_changes_of_its_attributes(http):
    http.send("GET", "/api/v1/good/attributes/updates", query="timeout=1")
    http.announcements.say(changes=[(DEVICE.id, '{"interval":60}')])

    answer = http.send("GET", "/api/v1/good/attributes/updates", query="timeout=1000")

    assert (answer.status, answer.body) == (200, b'{"interval":60}')


def test_a_poll_whose_time_is_no_number_is_refused(http):
    answer = http.send("GET", "/api/v1/good/rpc", query="timeout=soon")

    assert answer.status == 400
    assert "whole number of milliseconds" in json.loads(answer.body)["detail"]


@pytest.mark.parametrize("body", [b'{"done": true}', b"it is open", b"", b"\xff"])
def test_an_answer_to_a_command_goes_into_the_spool_as_it_came(http, body):
    answer = http.send("POST", "/api/v1/good/rpc/17", body)

    assert (answer.status, answer.body) == (200, b"")
    topic = "v1/devices/me/rpc/response/17"
    assert http.spool.frames == [(FrameKind.MESSAGE, DEVICE.id, topic, body)]


def test_an_answer_to_what_can_be_no_command_is_refused_and_shown_to_the_owner(http):
    answer = http.send("POST", "/api/v1/good/rpc/0", b"{}")

    assert answer.status == 400
    [(kind, _, topic, payload)] = http.spool.frames
    assert (kind, topic) == (FrameKind.REJECTED, "v1/devices/me/rpc/response")
    assert payload.startswith(b"the number of a command is a whole number")


def test_a_call_is_answered_at_once_and_not_stored(http):
    answer = http.send("POST", "/api/v1/good/rpc", b'{"method":"getTime","params":{}}')

    assert (answer.status, answer.body) == (200, b"%d" % (http.clock.now_us() // 1000))
    assert http.spool.frames == []


def test_a_method_that_is_not_ours_is_for_the_owners_webhook(http):
    answer = http.send("POST", "/api/v1/good/rpc", b'{"method":"getPrice","params":[1]}')

    assert (answer.status, json.loads(answer.body)) == (200, {"euro": 2})
    assert http.called == [Call(DEVICE.id, "pump", DEVICE.owner, "getPrice", [1], None)]
    assert http.spool.frames == []


def test_a_body_that_is_no_call_is_refused_and_shown_to_the_owner(http):
    answer = http.send("POST", "/api/v1/good/rpc", b'{"params":{}}')

    assert answer.status == 400
    [(kind, _, topic, _)] = http.spool.frames
    assert (kind, topic) == (FrameKind.REJECTED, "v1/devices/me/rpc/request")


@pytest.mark.parametrize("path", ["rpc", "rpc/1"])
def test_a_call_or_an_answer_that_is_too_large_is_refused(http, path):
    assert http.send("POST", f"/api/v1/good/{path}", b"x" * 65_537).status == 413


@pytest.mark.parametrize("path", ["provision", "provision/"])
def test_a_request_for_a_token_needs_none(http, path):
    answer = http.send("POST", f"/api/v1/{path}", b'{"a": 1}')

    assert (answer.status, answer.body) == (200, b'{"a": 1}')
    assert http.api.counters["provisioning_requests"] == 1
    assert http.spool.frames == []
    assert http.send("GET", f"/api/v1/{path}").status == 405


def test_other_paths_are_passed_to_the_inner_app(http):
    assert http.send("GET", "/api/data").body == b"inner"


def test_a_device_that_sends_too_much_gets_429_and_when_to_try_again(http):
    statuses = [http.send("POST", "/api/v1/good/telemetry", b"{}").status for _ in range(51)]
    answer = http.send("POST", "/api/v1/good/telemetry", b"{}")

    assert statuses == [200] * 50 + [200]
    assert answer.status == 429
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "more than 10 messages a second" in json.loads(answer.body)["detail"]
    http.clock.advance(1)
    assert http.send("POST", "/api/v1/good/telemetry", b"{}").status == 200


def test_values_are_limited_too(http):
    many = json.dumps({f"k{number}": 1 for number in range(700)}).encode()

    assert http.send("POST", "/api/v1/good/telemetry", many).status == 200
    answer = http.send("POST", "/api/v1/good/telemetry", b"{}")

    assert answer.status == 429
    assert answer.headers["Retry-After"] == "2"


def test_the_owner_sees_a_line_about_a_limit_once_a_minute(http):
    for _ in range(60):
        http.send("POST", "/api/v1/good/telemetry", b"{}")

    told = [frame for frame in http.spool.frames if frame[0] == FrameKind.LIMITED]
    assert len(told) == 1
    assert told[0][1] == DEVICE.id
    assert b"429" in told[0][3]
    assert http.api.counters["limited"] == 9
