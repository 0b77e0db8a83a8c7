"""The HTTP way in for devices."""

import io
import json
from types import SimpleNamespace

import pytest

from qlines.clock import FakeClock
from qlines.errors import SpoolFullError, StoreUnavailableError
from qlines.reading import MAX_PAYLOAD_BYTES
from qlines.spool.frame import FrameKind
from qlines.store.registry_file import Device
from qlines.web.device.api import STRANGERS_PER_SECOND, DeviceApi

DEVICE = Device("d" * 24, "a" * 24, "pump", gateway=False)


class FakeSpool:
    def __init__(self):
        self.frames = []
        self.is_full = False

    def append(self, kind, device, topic, payload):
        if self.is_full:
            raise SpoolFullError("the spool holds too much")
        self.frames.append((kind, device, topic, payload))


class FakeRegistry:
    is_built = True

    def device_by_token(self, token, _now_us):
        if not self.is_built:
            raise StoreUnavailableError("registry", LookupError("not built yet"))
        return DEVICE if token in ("good", "ü") else None


@pytest.fixture
def door():
    spool, registry, clock = FakeSpool(), FakeRegistry(), FakeClock()
    attributes = {"firmware": (1, "1.2"), "color": (2, "red")}
    api = DeviceApi(
        lambda _environ, start: start("299 inner", []) or [b"inner"],
        registry=registry,
        spool=spool,
        attributes_of=lambda _device: attributes,
        clock=clock,
    )

    def send(method, path, body=b"", query="", length=None):
        answer = SimpleNamespace(headers={})

        def start(status, headers):
            answer.status, answer.headers = int(status.split()[0]), dict(headers)

        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path.encode().decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)) if length is None else length,
            "REMOTE_ADDR": "192.0.2.7",
            "wsgi.input": io.BytesIO(body),
        }
        answer.body = b"".join(api(environ, start))
        return answer

    return SimpleNamespace(send=send, spool=spool, registry=registry, clock=clock, api=api)


@pytest.mark.parametrize("what", ["telemetry", "attributes"])
def test_200_without_a_body_means_that_the_message_is_in_the_spool(door, what):
    answer = door.send("POST", f"/api/v1/good/{what}", b'{"a": 1}')

    assert (answer.status, answer.body) == (200, b"")
    assert door.spool.frames == [
        (FrameKind.MESSAGE, DEVICE.id, f"v1/devices/me/{what}", b'{"a": 1}')
    ]


@pytest.mark.parametrize("body", [b"5", b"null", b"[]", b'{"a": {"b": [1]}}', b'"text"'])
def test_whether_json_makes_sense_is_for_others_to_say(door, body):
    assert door.send("POST", "/api/v1/good/telemetry", body).status == 200


@pytest.mark.parametrize("body", [b"", b"{", b"temperature=5", b"NaN", b"\xff\xfe", b"[" * 5000])
def test_a_body_that_is_no_json_is_refused_and_shown_to_the_owner(door, body):
    answer = door.send("POST", "/api/v1/good/telemetry", body)

    assert answer.status == 400
    assert json.loads(answer.body)["detail"].startswith("not JSON")
    [(kind, device, topic, payload)] = door.spool.frames
    assert (kind, device, topic) == (FrameKind.REJECTED, DEVICE.id, "v1/devices/me/telemetry")
    assert payload.startswith(b"not JSON")
    assert payload.partition(b"\n")[2] == body[:256]


def test_the_largest_body_is_taken(door):
    body = b'"' + b"x" * (MAX_PAYLOAD_BYTES - 2) + b'"'

    assert door.send("POST", "/api/v1/good/telemetry", body).status == 200


@pytest.mark.parametrize("length", [None, ""])
def test_a_larger_body_is_refused_also_when_it_comes_in_chunks(door, length):
    body = b'"' + b"x" * (MAX_PAYLOAD_BYTES - 1) + b'"'

    answer = door.send("POST", "/api/v1/good/telemetry", body, length=length)

    assert answer.status == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert door.spool.frames[0][0] == FrameKind.REJECTED


def test_an_unknown_token_is_refused_and_noted(door):
    answer = door.send("POST", "/api/v1/unknown/telemetry", b'{"a": 1}')

    assert answer.status == 401
    assert door.spool.frames == [(FrameKind.UNKNOWN_TOKEN, "", "", b"http\n192.0.2.7\nunknown")]


def test_many_unknown_tokens_are_noted_twenty_times_a_second(door):
    for _ in range(30):
        door.send("POST", "/api/v1/unknown/telemetry", b"1")
    assert len(door.spool.frames) == STRANGERS_PER_SECOND

    door.clock.advance(1)
    door.send("POST", "/api/v1/unknown/telemetry", b"1")

    assert len(door.spool.frames) == STRANGERS_PER_SECOND + 1
    assert door.api.counters["unknown_tokens"] == 31


def test_a_stranger_hurts_no_valid_token(door):
    for _ in range(100):
        door.send("POST", "/api/v1/unknown/telemetry", b"1")

    assert door.send("POST", "/api/v1/good/telemetry", b"1").status == 200


def test_a_full_spool_is_503_with_a_time_to_come_back(door):
    door.spool.is_full = True

    answer = door.send("POST", "/api/v1/good/telemetry", b"1")

    assert answer.status == 503
    assert answer.headers["Retry-After"] == "2"
    assert "the spool holds too much" in json.loads(answer.body)["detail"]


def test_a_full_spool_refuses_strangers_and_nonsense_as_ever(door):
    door.spool.is_full = True

    assert door.send("POST", "/api/v1/unknown/telemetry", b"1").status == 401
    assert door.send("POST", "/api/v1/good/telemetry", b"{").status == 400


def test_it_says_503_before_the_registry_file_was_built(door):
    door.registry.is_built = False

    assert door.send("POST", "/api/v1/good/telemetry", b"1").status == 503


def test_a_token_is_read_as_utf_8(door):
    assert door.send("POST", "/api/v1/ü/telemetry", b"1").status == 200


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"client": {"firmware": "1.2", "color": "red"}}),
        ("clientKeys=color", {"client": {"color": "red"}}),
        ("clientKeys=none", {}),
        ("sharedKeys=a", {}),
        ("clientKeys=firmware&sharedKeys=a", {"client": {"firmware": "1.2"}}),
    ],
)
def test_a_device_reads_its_attributes(door, query, expected):
    answer = door.send("GET", "/api/v1/good/attributes", query=query)

    assert answer.status == 200
    assert json.loads(answer.body) == expected


@pytest.mark.parametrize("path", ["rpc", "rpc/1", "claim", "firmware", "attributes/updates", ""])
def test_a_path_that_is_not_supported_says_which_are(door, path):
    answer = door.send("GET", f"/api/v1/good/{path}")

    assert answer.status == 404
    assert "POST /api/v1/{token}/telemetry" in json.loads(answer.body)["detail"]


def test_a_method_that_is_not_allowed_says_which_is(door):
    answer = door.send("GET", "/api/v1/good/telemetry")

    assert answer.status == 405
    assert answer.headers["Allow"] == "POST"


def test_everything_else_is_handed_on(door):
    assert door.send("GET", "/api/data").body == b"inner"
