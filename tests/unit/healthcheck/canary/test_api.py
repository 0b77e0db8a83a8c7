import json
from typing import Any

import pytest

from healthcheck.canary import api
from healthcheck.probes.connection import ProbeError


def reply(items: Any, *headers: str, status: str = "200 OK") -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", "Content-Type: application/json", *headers])
    return f"{head}\r\n\r\n{json.dumps({'items': items})}".encode()


def row(**values: int) -> dict[str, Any]:
    return {"values": {key: {"ts": 1, "value": value} for key, value in values.items()}}


def test_it_asks_for_one_device_with_the_key() -> None:
    request = api.request_for("canary 12ab", "qlk_secret").decode()

    assert request.startswith("GET /api/data?per_page=1&search=canary%2012ab HTTP/1.0\r\n")
    assert "\r\nAuthorization: Bearer qlk_secret\r\n" in request
    assert request.endswith("\r\n\r\n")


def test_it_finds_the_number_of_the_newest_message() -> None:
    assert api.judge(reply([row(sent=1_800_000_000_001)])) == (1_800_000_000_001, "")


def test_a_device_without_a_message_has_no_number() -> None:
    assert api.judge(reply([row()])).number is None


def test_it_passes_on_what_the_api_says_about_an_outage() -> None:
    answer = reply([row()], "X-QLines-Notice: clickhouse does not answer")

    assert api.judge(answer).notice == "clickhouse does not answer"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"", "answers with something that is not HTTP"),
        (reply([], status="401 UNAUTHORIZED"), "answers with HTTP status 401"),
        (reply([], status="302 FOUND"), "answers with HTTP status 302"),
        (reply([]), "does not list the canary's device"),
        (b"HTTP/1.1 200 OK\r\n\r\n<html>", "answers with something that is not a page of devices"),
        (reply({"sent": 1}), "answers with something that is not a page of devices"),
    ],
)
def test_it_refuses_any_other_answer(answer: bytes, sentence: str) -> None:
    with pytest.raises(ProbeError, match=f"^{sentence}$"):
        api.judge(answer)


def test_it_reads_until_the_end_of_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = reply([row(sent=7)])

    class FakeSocket:
        parts = [whole[:20], whole[20:], b""]  # noqa: RUF012 - one test long

        def __enter__(self) -> "FakeSocket":
            return self

        def __exit__(self, *_: object) -> None: ...

        def sendall(self, request: bytes) -> None:
            assert request == b"GET"

        def recv(self, _size: int) -> bytes:
            return self.parts.pop(0)

    monkeypatch.setattr("socket.create_connection", lambda *_: FakeSocket())

    assert api.read(5000, b"GET", 1.0).number == 7
