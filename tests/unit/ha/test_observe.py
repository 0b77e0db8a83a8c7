import json
import threading
from functools import partial

import pytest

from appliance.shared.http_server import Response, json_response, make_server
from ha import observe
from ha.observe import Observer, Place, app, ask, blog
from ha.view import Condition, Role


@pytest.fixture
def served(socket_enabled):
    """Yield a function that answers every request with a response, and returns where."""
    assert socket_enabled is None
    servers = []

    def serve(response):
        server = make_server(0, lambda _request: response, host="127.0.0.1")
        servers.append(server)
        threading.Thread(target=partial(server.serve_forever, 0.01), daemon=True).start()
        return Place("127.0.0.1", server.server_port, "/health/ready")

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("answer", "condition", "role"),
    [
        ({"status": "ok"}, Condition.READY, Role.UNKNOWN),
        ({"status": "ok", "role": "active"}, Condition.READY, Role.ACTIVE),
        ({"status": "ok", "role": "standby"}, Condition.READY, Role.STANDBY),
        ({"status": "ok", "role": "primary"}, Condition.READY, Role.UNKNOWN),
        ({"status": "ok", "role": ["active"]}, Condition.READY, Role.UNKNOWN),
        ({"status": "draining", "role": "active"}, Condition.DRAINING, Role.ACTIVE),
        ({"status": "restoring"}, Condition.UNREADY, Role.UNKNOWN),
        ({}, Condition.UNREADY, Role.UNKNOWN),
        ("refused", Condition.UNREACHABLE, Role.UNKNOWN),
    ],
)
def test_what_an_app_says_is_a_condition_and_a_role(answer, condition, role):
    observation = app(7.0, answer)

    assert (observation.at, observation.condition, observation.role) == (7.0, condition, role)


def test_an_app_that_is_not_ready_says_why():
    assert app(0.0, {"status": "down", "reason": "mongodb"}).reason == "down: mongodb"
    assert app(0.0, "refused").reason == "refused"
    assert app(0.0, {"status": "ok", "role": "active", "role_since": 12.5}).role_since == "12.5"


@pytest.mark.parametrize(
    ("answer", "condition"),
    [
        ({"status": "ok"}, Condition.READY),
        ({"status": "degraded"}, Condition.READY),
        ({"status": "down"}, Condition.UNREADY),
        ("refused", Condition.UNREACHABLE),
    ],
)
def test_a_blog_with_one_site_that_works_is_ready(answer, condition):
    assert blog(0.0, answer).condition is condition


def test_an_answer_counts_whatever_its_status(served):
    place = served(json_response(503, {"status": "draining"}))

    assert ask(place) == {"status": "draining"}


@pytest.mark.parametrize("body", ["", "[1]", "<html>"])
def test_an_answer_that_is_no_document_is_a_reason(served, body):
    assert isinstance(ask(served(Response(200, "text/plain", body))), str)


def test_nobody_who_does_not_answer_delays_the_others(served, monkeypatch):
    release = threading.Event()
    place = served(json_response(200, {"status": "ok", "role": "active"}))

    def slow(asked):
        if asked.port == 1:
            release.wait(30)
        return {"status": "ok", "role": "active"} if asked == place else "refused"

    monkeypatch.setattr(observe, "ask", slow)
    monkeypatch.setattr(observe, "TIMEOUT_SECONDS", 0.1)
    monkeypatch.setattr(observe, "APPS", {"own": place, "other": Place("127.0.0.1", 1, "/")})
    observer = Observer(has_blog=False, now=lambda: 5.0)

    rounds = [observer.observe(), observer.observe()]
    release.set()

    for found in rounds:
        assert found.apps["own"].role is Role.ACTIVE
        assert found.apps["other"].condition is Condition.UNREACHABLE
        assert "no answer" in found.apps["other"].reason
        assert (found.blogs, found.peer) == ({}, None)
    assert json.dumps(rounds[0].peer) == "null"
