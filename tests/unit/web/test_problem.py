"""Errors say what was wrong, to programs as application/problem+json."""

import pytest

from qlines.errors import StoreUnavailableError
from qlines.store import devices
from qlines.web.problem import field_errors


def fields(answer):
    return {one["field"]: one["reason"] for one in answer.json["errors"]}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("per_page=0", "per_page"),
        ("per_page=201", "per_page"),
        ("per_page=many", "per_page"),
        ("page=0", "page"),
        ("page=99999999999999999999", "page"),
        ("sort=colour", "sort"),
        ("order=up", "order"),
        ("colour=red", "colour"),
        ("search=" + "x" * 201, "search"),
    ],
)
def test_it_names_the_parameter_that_is_wrong(alice, query, field):
    answer = alice.get(f"/api/data?{query}")

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert set(answer.json) == {"type", "title", "status", "detail", "errors"}
    assert list(fields(answer)) == [field]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": 5}, "name"),
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 129}, "name"),
        ({"name": "tab\there"}, "name"),
        ({"name": "x", "tags": "cellar"}, "tags"),
        ({"name": "x", "tags": [1]}, "tags.0"),
        ({"name": "x", "tags": [str(i) for i in range(21)]}, "tags"),
        ({"name": "x", "gateway": "yes"}, "gateway"),
        ({"name": "x", "gateway": 1}, "gateway"),
        ({"name": "x", "colour": "red"}, "colour"),
        ([], "body"),
        ("text", "body"),
    ],
)
def test_it_names_the_field_of_a_body_that_is_wrong(alice, body, field):
    answer = alice.call("POST", "/api/devices", json=body)

    assert answer.status_code == 422
    assert field in fields(answer)


@pytest.mark.parametrize("text", ["{", "NaN", "[" * 5000, '{"name": "\\ud800"}', b"\xff"])
def test_it_refuses_a_body_that_is_not_json(alice, text):
    answer = alice.call("POST", "/api/devices", data=text, content_type="application/json")

    assert answer.status_code == 400
    assert list(fields(answer)) == ["body"]


def test_it_asks_for_the_content_type_of_json(alice):
    answer = alice.call("POST", "/api/devices", data='{"name": "x"}')

    assert answer.status_code == 415
    assert "Content-Type: application/json" in answer.json["detail"]


def test_it_refuses_a_body_that_is_far_too_large(alice):
    answer = alice.call("POST", "/api/devices", data=b"x" * 1_048_577)

    assert answer.status_code == 413
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/nothing", 404), ("GET", "/api", 404), ("PUT", "/api/devices", 405)],
)
def test_what_does_not_exist_is_a_problem_too(alice, method, path, status):
    answer = alice.call(method, path)

    assert answer.status_code == status
    assert answer.json["status"] == status


def test_a_method_that_is_not_allowed_comes_with_those_that_are(alice):
    assert "POST" in alice.call("PUT", "/api/devices").headers["Allow"]


@pytest.mark.parametrize("device", ["none", "0" * 24, "z" * 24, "../x"])
def test_a_device_that_is_unknown_is_not_found(alice, device):
    assert alice.get(f"/api/devices/{device}").status_code == 404


def test_a_name_that_is_taken_is_a_conflict(alice):
    answer = alice.call("POST", "/api/devices", json={"name": "alice's device"})

    assert answer.status_code == 409
    assert "choose another name" in answer.json["detail"]


def test_a_store_that_is_away_is_503_and_says_which(alice, monkeypatch):
    def away(*_args, **_options):
        raise StoreUnavailableError("mongodb", ConnectionError("refused"))

    monkeypatch.setattr(devices, "list_page", away)

    answer = alice.get("/api/data")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"
    assert "mongodb does not answer" in answer.json["detail"]


def test_an_unexpected_error_is_500_without_details(alice, monkeypatch):
    def fail(*_args, **_options):
        raise RuntimeError("secret details")

    monkeypatch.setattr(devices, "list_page", fail)

    answer = alice.get("/api/data")

    assert answer.status_code == 500
    assert answer.mimetype == "application/problem+json"
    assert "secret details" not in answer.text


def test_a_person_gets_a_page_with_a_way_back(alice):
    answer = alice.browser().get("/devices/nothing")

    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "Back to your devices" in answer.text


def test_an_unexpected_error_is_a_page_like_the_others_for_a_person(alice, monkeypatch):
    def fail(*_args, **_options):
        raise RuntimeError("secret details")

    browser = alice.browser()
    not_found = browser.get("/devices/nothing").text
    monkeypatch.setattr(devices, "find", fail)

    answer = browser.get("/devices/nothing")

    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert "<title>Internal Server Error · QLines</title>" in answer.text
    assert "secret details" not in answer.text
    for part in ('<div class="empty-header">', 'aria-label="Pages"', "Back to your devices"):
        assert part in answer.text
        assert part in not_found


def test_it_flattens_nested_messages():
    found = list(field_errors({"tags": {0: ["bad"]}, "_schema": ["unfit"]}))

    assert found == [{"field": "tags.0", "reason": "bad"}, {"field": "body", "reason": "unfit"}]
