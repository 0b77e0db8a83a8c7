"""Messages to webhooks are those of Standard Webhooks."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from qlines.messengers import webhook
from qlines.messengers.webhook import MAX_BODY_BYTES, body_of, signing_secrets
from qlines.webhook import signature
from qlines.webhook.http import Response

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
URL = "https://example.com/alarms"
NOW = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)


def test_the_signature_is_that_of_the_standards_own_library():
    at = datetime(2021, 2, 25, 9, 21, 30, tzinfo=UTC)
    body = '{"test": 2432232314}'

    made = dict(
        signature.headers(
            [SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", int(at.timestamp()), body.encode()
        )
    )

    expected = Webhook(SECRET).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)
    assert made["webhook-signature"] == expected
    assert "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" in {
        base64.b64encode(
            hmac.digest(
                base64.b64decode(SECRET.removeprefix("whsec_")),
                f"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{body}".encode(),
                hashlib.sha256,
            )
        ).decode()
    }


def test_a_receiver_verifies_it_with_the_standards_library(means, http, message, monkeypatch):
    monkeypatch.setattr(means.clock, "_now_us", int(datetime.now(UTC).timestamp() * 1e6))

    assert webhook.send({"url": URL, "secret": SECRET}, message, means).kind == "ok"

    ((url, headers, body),) = http.requests
    assert url == URL
    assert Webhook(SECRET).verify(body, headers)["type"] == "alarm.raised"
    assert headers["webhook-id"] == message.id
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)


def test_the_body_has_type_timestamp_and_data(means, message):
    body = json.loads(body_of(message, means.public_url))

    assert body["type"] == "alarm.raised"
    assert body["timestamp"] == "2027-01-15T08:00:00+00:00"
    assert body["data"]["url"] == "https://devices.example.com/alarms/65f000000000000000000001"
    assert body["data"]["alarms"] == [{"id": "65f000000000000000000001"}]


def test_a_long_list_is_cut_and_the_body_says_how_many_are_missing(means, message):
    many = [{"id": f"{number:024}", "rule_name": "r" * 100} for number in range(500)]

    raw = body_of(message._replace(data={"alarms": many}, text="x" * 19_000), means.public_url)

    data = json.loads(raw)["data"]
    assert len(raw) <= MAX_BODY_BYTES
    assert len(data["alarms"]) + data["more"] == 500
    assert len(data["alarms"]) > 50, "a text for people leaves room for what programs read"


def test_a_long_text_without_a_list_is_cut(means, message):
    raw = body_of(message._replace(data={}, text="ä" * 30_000), means.public_url)

    assert json.loads(raw)["data"]["text"].endswith("…")
    assert len(raw) <= MAX_BODY_BYTES


def test_the_same_message_has_the_same_body_in_every_attempt(means, message):
    assert body_of(message, means.public_url) == body_of(message, means.public_url)


def test_an_old_secret_is_used_beside_the_new_one_until_its_end():
    until = NOW + timedelta(hours=1)
    settings = {"secret": "a", "old_secret": "b", "old_secret_until": until.isoformat()}

    assert signing_secrets(settings, NOW) == ["a", "b"]
    assert signing_secrets(settings, until) == ["a"]


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_only_2xx_is_success(means, http, message, status):
    http.answer = Response(status, {}, b"")

    assert webhook.send({"url": URL, "secret": SECRET}, message, means).kind == "ok"


@pytest.mark.parametrize("status", [301, 302, 400, 404, 500])
def test_all_other_answers_are_failures_that_are_tried_again(means, http, message, status):
    http.answer = Response(status, {"location": "https://elsewhere.example/"}, b"no")

    result = webhook.send({"url": URL, "secret": SECRET}, message, means)

    assert result.kind == "retry"
    assert str(status) in result.sentence
