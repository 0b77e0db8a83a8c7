"""/api/channels/telegram-chat: the chat in which somebody has sent a code to their bot."""

import orjson
import pytest

from qlines.errors import WebhookError
from qlines.webhook.http import Response

PATH = "/api/channels/telegram-chat"
CODE = "0123456789ab"
BODY = {"bot_token": "123456789:AAFabcdefghijklmnopqrstuvw", "code": CODE}


def update(chat_id, text, **chat):
    return {"update_id": 1, "message": {"chat": {"id": chat_id, **chat}, "text": text}}


def updates(*found):
    return Response(200, {}, orjson.dumps({"ok": True, "result": found}))


def test_it_is_the_one_in_which_the_code_was_sent_last(world, alice):
    world.sender.response = updates(
        {"update_id": 7, "my_chat_member": {"chat": {"id": 1}}},
        update(1, f"/start {CODE}", first_name="Alice"),
        update(-100200, f"/start@pump_bot {CODE}", title="Night shift"),
        update(2, "/start another", first_name="Bob"),
        update(3, f"{CODE}0", first_name="Bob"),
    )

    answer = alice.call("POST", PATH, json=BODY)

    assert answer.json == {"chat_id": "-100200", "title": "Night shift"}


def test_a_chat_is_not_found_by_what_else_somebody_has_written_there(world, alice):
    world.sender.response = updates(
        update(1, "/note meet me on thursday"),
        update(2, "thursday"),
        update(3, "/start a thursday"),
    )

    answer = alice.call("POST", PATH, json={**BODY, "code": "thursday"})

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("response", "status", "sentence"),
    [
        (updates(), 404, "send it, and press again"),
        (Response(401, {}, b'{"ok":false}'), 422, "copy it from @BotFather again"),
        (
            Response(409, {}, b'{"ok":false,"description":"Conflict: a webhook is active"}'),
            409,
            "Conflict: a webhook is active",
        ),
        (Response(502, {}, b"<html>"), 409, "status 502"),
        (WebhookError("it did not answer within 10 seconds"), 409, "did not answer within 10"),
    ],
    ids=["not sent", "token", "webhook", "no JSON", "away"],
)
def test_else_it_says_why(world, alice, response, status, sentence):
    world.sender.response = response

    answer = alice.call("POST", PATH, json=BODY)

    assert answer.status_code == status
    assert sentence in answer.json["detail"]


@pytest.mark.parametrize(
    "change", [{"code": "short"}, {"bot_token": "a b"}, {"bot_token": ""}], ids=str
)
def test_what_cannot_be_is_refused_before_anybody_is_asked(world, alice, change):
    world.sender.response = AssertionError

    assert alice.call("POST", PATH, json={**BODY, **change}).status_code == 422
