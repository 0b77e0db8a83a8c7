"""/api/devices/ID/commands: made, read and cancelled by the owner."""

import pytest

from qlines.clock import utc_datetime
from qlines.store import command_delivery, commands
from qlines.store.command_delivery import Answer
from qlines.web.api.command_json import CommandPageSchema, CommandSchema

NOW_MS = 1_800_000_000_000


@pytest.fixture
def path(alice):
    return f"/api/devices/{alice.device_id}/commands"


@pytest.fixture
def send(alice, path):
    def post(method="open", **body):
        return alice.call("POST", path, json={"method": method, **body})

    return post


def reason_of(answer):
    assert answer.status_code == 422, answer.text
    [error] = answer.json["errors"]
    return error["field"], error["reason"]


def test_a_command_is_queued_with_the_defaults(alice, path, send):
    answer = send("open", params={"angle": 90})

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{path}/1"
    assert answer.json == {
        "id": f"{alice.device_id}-1",
        "device": alice.device_id,
        "number": 1,
        "method": "open",
        "params": {"angle": 90},
        "two_way": True,
        "state": "queued",
        "created_at": NOW_MS,
        "expires_at": NOW_MS + 86_400_000,
        "sent_at": None,
        "delivered_at": None,
        "answered_at": None,
        "ended_at": None,
        "attempts": 0,
        "retries": 5,
        "by": "alice@example.com",
        "key": None,
        "answer": None,
        "error": None,
    }
    assert alice.get(f"{path}/1").json == answer.json
    assert CommandSchema().validate(answer.json) == {}


def test_everything_about_a_command_can_be_chosen(send):
    made = send("open", two_way=False, expires_in_seconds=1, retries=0, key="k" * 64).json

    assert (made["params"], made["two_way"], made["retries"]) == (None, False, 0)
    assert (made["expires_at"], made["key"]) == (NOW_MS + 1000, "k" * 64)


@pytest.mark.parametrize("params", [0, "", [], {"$a.b": None}, [[1.5, "Größe"]], False])
def test_params_are_any_json(send, params):
    assert send(params=params).json["params"] == params


def test_deep_params_are_returned_as_they_came(alice, path):
    deep = b"[" * 250 + b"]" * 250
    body = b'{"method":"open","params":%s}' % deep

    made = alice.call("POST", path, data=body, content_type="application/json")

    assert made.status_code == 201
    assert b'"params":%s' % deep in alice.get(path).data


def test_params_that_are_nested_too_deeply_are_refused(alice, path):
    body = b'{"method":"open","params":%s}' % (b"[" * 400 + b"]" * 400)

    answer = alice.call("POST", path, data=body, content_type="application/json")

    field, reason = reason_of(answer)
    assert (field, reason[:36]) == ("params", "must be JSON of at most 250 levels, ")


def test_params_whose_digits_would_get_lost_are_refused(world, send):
    answer = send(params={"serial": 2**64})

    field, reason = reason_of(answer)
    assert field == "body"
    assert "must fit into 64 bits" in reason
    assert world.deps.db.commands.documents == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"method": ""}, "method"),
        ({"method": "a" * 256}, "method"),
        ({"method": "a\tb"}, "method"),
        ({"method": 5}, "method"),
        ({"params": "x" * 60_000}, "params"),
        ({"two_way": 1}, "two_way"),
        ({"expires_in_seconds": 0}, "expires_in_seconds"),
        ({"expires_in_seconds": 2_592_001}, "expires_in_seconds"),
        ({"expires_in_seconds": "60"}, "expires_in_seconds"),
        ({"retries": 11}, "retries"),
        ({"retries": -1}, "retries"),
        ({"retries": None}, "retries"),
        ({"key": ""}, "key"),
        ({"key": "k" * 65}, "key"),
        ({"timeout": 5}, "timeout"),
    ],
)
def test_it_names_the_field_that_breaks_a_rule(world, send, body, field):
    assert reason_of(send(**body))[0] == field
    assert world.deps.db.commands.documents == []


def test_the_same_key_again_returns_the_same_command_and_leaves_no_second_line(world, send):
    first = send("open", key="k")
    lines = len(world.deps.db.audit.documents)

    again = send("close", key="k")

    assert again.json == first.json
    assert len(world.deps.db.audit.documents) == lines


def test_more_commands_than_may_be_open_are_refused(send, monkeypatch):
    monkeypatch.setattr(commands, "MAX_OPEN", 1)
    send()

    answer = send()

    assert answer.status_code == 409
    assert answer.json["detail"].startswith("1 commands of this device are open")


def test_a_command_keeps_to_the_order_when_its_device_does(world, alice, send):
    send()
    alice.call("PATCH", f"/api/devices/{alice.device_id}", json={"commands_in_order": True})
    send()

    assert [one["in_order"] for one in world.deps.db.commands.documents] == [False, True]


def test_they_are_listed_newest_first_a_page_at_a_time(alice, path, send):
    for _ in range(3):
        send()

    page = alice.get(f"{path}?page=2&per_page=2").json

    assert [item["number"] for item in page["items"]] == [1]
    assert (page["total"], page["page"], page["per_page"]) == (3, 2, 2)
    assert page["first_open"] == 1
    assert CommandPageSchema().validate(page) == {}


def test_each_page_says_which_command_is_the_first_open_one(alice, path, send):
    for _ in range(3):
        send()
    alice.call("DELETE", f"{path}/1")

    assert alice.get(f"{path}?per_page=1").json["first_open"] == 2
    for number in (2, 3):
        alice.call("DELETE", f"{path}/{number}")
    assert alice.get(path).json["first_open"] is None


def test_they_are_listed_by_state(alice, path, send):
    send(), send()
    alice.call("DELETE", f"{path}/1")

    def listed(state):
        return [item["number"] for item in alice.get(f"{path}?state={state}").json["items"]]

    assert (listed("open"), listed("queued"), listed("failed")) == ([2], [2], [1])
    assert listed("answered") == listed("sent") == []
    assert alice.get(f"{path}?state=done").status_code == 422


def test_a_cancelled_command_says_by_whom(alice, path, send):
    send()

    cancelled = alice.call("DELETE", f"{path}/1")

    assert cancelled.status_code == 200
    assert (cancelled.json["state"], cancelled.json["ended_at"]) == ("failed", NOW_MS)
    assert cancelled.json["error"] == "cancelled by alice@example.com"
    assert alice.get(f"{path}/1").json == cancelled.json


def test_a_command_that_has_ended_cannot_be_cancelled(world, alice, path, send):
    send()
    alice.call("DELETE", f"{path}/1")
    lines = len(world.deps.db.audit.documents)

    again = alice.call("DELETE", f"{path}/1")

    assert again.status_code == 409
    assert "the command 1 has ended" in again.json["detail"]
    assert len(world.deps.db.audit.documents) == lines


@pytest.mark.parametrize("number", ["2", "0", "-1", "x", str(2**70)])
def test_an_unknown_command_is_not_found(alice, path, send, number):
    send()

    assert alice.get(f"{path}/{number}").status_code == 404
    assert alice.call("DELETE", f"{path}/{number}").status_code == 404


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"ok": true}', {"json": {"ok": True}}),
        ("null", {"json": None}),
        ("", {"text": ""}),
        ("done", {"text": "done"}),
        ("NaN", {"text": "NaN"}),
        ("[" * 500 + "]" * 500, None),
    ],
)
def test_an_answer_is_json_or_text(world, alice, path, send, text, shown):
    send()
    command_delivery.answer(world.deps.db, [Answer(alice.device_id, 1, text, NOW_MS * 1000 + 5000)])

    answered = alice.get(f"{path}/1").json

    assert (answered["state"], answered["answered_at"]) == ("answered", NOW_MS + 5)
    assert shown is None or answered["answer"] == shown
    assert list(answered["answer"]) in (["json"], ["text"])


def test_the_times_of_its_delivery_are_shown(world, alice, path, send):
    send()
    db, now = world.deps.db, utc_datetime(NOW_MS * 1000 + 7000)
    command_delivery.mark_sent(db, [(f"{alice.device_id}-1", 0, ["client"])], "a", now)
    command_delivery.mark_delivered(db, [(f"{alice.device_id}-1", 1)], now)

    shown = alice.get(f"{path}/1").json

    assert (shown["state"], shown["attempts"]) == ("delivered", 1)
    assert shown["sent_at"] == shown["delivered_at"] == NOW_MS + 7


def test_they_are_removed_with_their_device(world, alice, send):
    send()

    alice.call("POST", "/api/devices/remove", json={"devices": [alice.device_id]})

    assert world.deps.db.commands.documents == []
    assert world.deps.db.command_numbers.documents == []
