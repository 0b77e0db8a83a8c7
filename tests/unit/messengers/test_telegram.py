import json

import pytest

from qlines.messengers import telegram
from qlines.messengers.result import refused
from qlines.messengers.telegram import MAX_CHARACTERS, WRONG_BOT, text_of
from qlines.webhook.http import Response

CHAT = {"chat_id": "-1001234567890", "bot_token": "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"}


def units(text):
    return len(text.encode("utf-16-le")) // 2


def refusal(status, **answer):
    return Response(status, {}, json.dumps({"ok": False, **answer}).encode())


def test_it_is_sent_by_the_channels_own_bot(means, http, message):
    assert telegram.send(CHAT, message, means._replace(telegram_token="9:x")).kind == "ok"

    ((url, headers, body),) = http.requests
    assert url == f"https://api.telegram.org/bot{CHAT['bot_token']}/sendMessage"
    assert headers == {"Content-Type": "application/json"}
    assert json.loads(body)["chat_id"] == "-1001234567890"
    assert json.loads(body)["text"].startswith("Pump too hot: pump 7 raised (major)\n\ntemperature")


def test_a_token_that_cannot_be_one_is_not_shown(means, http, message):
    wrong = means._replace(telegram_token="123456:ABC DEF1234")

    result = telegram.send({"chat_id": "1"}, message, wrong)

    assert (result.kind, "ABC" in result.sentence, http.requests) == ("refused", False, [])


def test_without_a_token_of_its_own_the_appliances_bot_sends(means, http, message):
    telegram.send({"chat_id": "1"}, message, means._replace(telegram_token="9:x"))

    assert "/bot9:x/" in http.requests[0][0]


def test_without_any_token_nothing_is_sent(means, http, message):
    result = telegram.send({"chat_id": "1"}, message, means)

    assert (result.kind, result.is_receivers, http.requests) == ("refused", False, [])


@pytest.mark.parametrize("character", ["a", "ü", "🔥"])
def test_a_text_is_cut_to_telegrams_limit_and_keeps_its_link(means, message, character):
    text = text_of(message._replace(text=character * 9_000), means.public_url)

    assert MAX_CHARACTERS - 1 <= units(text) <= MAX_CHARACTERS
    assert text.endswith("…\n\nhttps://devices.example.com/alarms/65f000000000000000000001")


def test_it_waits_for_as_long_as_telegram_asks(means, http, message):
    http.answer = refusal(429, description="Too Many Requests", parameters={"retry_after": 17})

    result = telegram.send(CHAT, message, means)

    assert (result.kind, result.retry_after_seconds) == ("retry", 17)


def test_a_bot_that_was_blocked_is_gone(means, http, message):
    http.answer = refusal(403, description="Forbidden: bot was blocked by the user")

    result = telegram.send(CHAT, message, means)

    assert result.kind == "gone"
    assert "blocked by the user" in result.sentence


def test_an_unknown_chat_is_final_and_the_token_is_in_no_sentence(means, http, message):
    http.answer = refusal(400, description="Bad Request: chat not found")

    result = telegram.send(CHAT, message, means)

    assert result == refused("Telegram says: Bad Request: chat not found")


@pytest.mark.parametrize("status", [401, 404])
def test_a_wrong_bot_of_the_admin_is_tried_again_and_no_fault_of_the_chat(
    means, http, message, status
):
    http.answer = refusal(status, description="Unauthorized")

    result = telegram.send({"chat_id": "1"}, message, means._replace(telegram_token="9:x"))
    assert (result.kind, result.is_receivers, result.sentence) == ("retry", False, WRONG_BOT)
    assert telegram.send(CHAT, message, means).kind == "refused", "that bot is its owner's"


def test_a_server_that_is_down_is_asked_again(means, http, message):
    http.answer = Response(502, {}, b"<html>Bad Gateway</html>")

    assert telegram.send(CHAT, message, means).kind == "retry"


MOVED = refusal(
    400,
    description="Bad Request: group chat was upgraded to a supergroup chat",
    parameters={"migrate_to_chat_id": -1009876543210},
)


def test_to_a_group_that_has_a_new_id_it_is_sent_there(means, http, message):
    http.answers = [MOVED]

    result = telegram.send(CHAT, message, means)

    assert (result.kind, result.moved_to) == ("ok", {"chat_id": "-1009876543210"})
    asked = [json.loads(body)["chat_id"] for _url, _headers, body in http.requests]
    assert asked == [CHAT["chat_id"], "-1009876543210"]


def test_the_new_id_of_a_group_is_known_also_when_the_message_is_to_be_sent_again(
    means, http, message
):
    http.answers, http.answer = [MOVED], refusal(429, parameters={"retry_after": 17})

    result = telegram.send(CHAT, message, means)

    assert (result.kind, result.retry_after_seconds) == ("retry", 17)
    assert result.moved_to == {"chat_id": "-1009876543210"}


def test_a_group_that_moves_again_and_again_is_asked_twice(means, http, message):
    http.answer = MOVED

    assert telegram.send(CHAT, message, means).kind == "refused"
    assert len(http.requests) == 2
