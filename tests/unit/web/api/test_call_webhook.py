"""/api/call-webhook: where calls of one's devices go."""

import pytest

from qlines.errors import WebhookError
from qlines.webhook.http import Response

PATH = "/api/call-webhook"
URL = "https://example.com/calls"


@pytest.fixture
def secret(alice):
    answer = alice.call("PUT", PATH, json={"url": URL})
    assert answer.json["url"] == URL
    return answer.json["secret"]


def test_the_secret_is_in_no_later_answer(alice, secret):
    assert alice.call("PUT", PATH, json={"url": f"{URL}/2"}).json == {"url": f"{URL}/2"}

    shown = alice.get(PATH)
    assert (shown.json["url"], shown.json["calls"]) == (f"{URL}/2", [])
    assert secret not in shown.text

    assert alice.call("POST", f"{PATH}/secret").json["secret"] != secret


def test_an_address_that_is_refused_names_the_field(alice):
    answer = alice.call("PUT", PATH, json={"url": "https://127.0.0.1/"})

    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "url"
    assert "loopback" in answer.json["errors"][0]["reason"]


@pytest.mark.usefixtures("secret")
def test_a_test_returns_the_answer_or_the_reason_and_both_are_among_the_last_calls(world, alice):
    world.sender.response = Response(200, {}, b"[1]")
    assert alice.call("POST", f"{PATH}/test").json == {"answer": [1], "milliseconds": 0}
    world.sender.response = WebhookError("it is away")
    assert "it is away" in alice.call("POST", f"{PATH}/test").json["error"]

    newest, oldest = alice.get(PATH).json["calls"]
    assert (newest["method"], oldest["error"]) == ("test", "")
    assert "it is away" in newest["error"]


@pytest.mark.usefixtures("secret")
def test_one_that_is_removed_is_not_found(alice, bob):
    assert bob.get(PATH).status_code == 404

    assert alice.call("DELETE", PATH).status_code == 204

    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/secret"), ("POST", "/test")):
        assert alice.call(method, f"{PATH}{path}").status_code == 404
