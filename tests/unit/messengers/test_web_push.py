"""Web pushes, read as a browser reads them."""

import base64
import json

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from qlines.messengers import web_push
from qlines.messengers.vapid import VapidKey, subject_of
from qlines.webhook.http import Response

VENDORS = (
    "https://fcm.googleapis.com/fcm/send/abc",
    "https://updates.push.services.mozilla.com/wpush/v2/def",
    "https://web.push.apple.com/ghi",
)


def text(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def part(token, number):
    piece = token.split(".")[number]
    return json.loads(base64.urlsafe_b64decode(piece + "=" * (-len(piece) % 4)))


class Browser:
    def __init__(self, endpoint=VENDORS[0]):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"0123456789abcdef"
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.subscription = {"endpoint": endpoint, "p256dh": text(point), "auth": text(self.auth)}

    def read(self, body):
        raw = http_ece.decrypt(
            body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"
        )
        return json.loads(raw)


def test_only_the_browser_can_read_it(means, http, message):
    browser = Browser()

    assert web_push.send(browser.subscription, message, means).kind == "ok"

    ((url, headers, body),) = http.requests
    assert url == VENDORS[0]
    assert browser.read(body) == {
        "id": message.id,
        "type": message.type,
        "title": message.title,
        "body": message.text,
        "path": message.path,
        "tag": message.topic,
        "severity": "major",
    }
    assert message.title.encode() not in body
    assert headers["Content-Encoding"] == "aes128gcm"
    assert (headers["TTL"], headers["Urgency"], headers["Topic"]) == (
        "86400", "high", message.topic,
    )  # fmt: skip


def test_the_longest_message_fits_into_what_vendors_take(means, http, message):
    web_push.send(Browser().subscription, message._replace(text="ü" * 9_000), means)

    assert len(http.requests[0][2]) < 4_096


def test_each_of_three_vendors_has_a_token_of_its_own(means, http, message):  # J40
    for endpoint in VENDORS:
        web_push.send(Browser(endpoint).subscription, message, means)

    tokens = [headers["Authorization"] for _, headers, _ in http.requests]
    claims = [part(one.partition("t=")[2].partition(",")[0], 1) for one in tokens]
    assert [one["aud"] for one in claims] == [
        "https://fcm.googleapis.com",
        "https://updates.push.services.mozilla.com",
        "https://web.push.apple.com",
    ]
    now = means.clock.now_us() // 1_000_000
    assert {one["sub"] for one in claims} == {"mailto:admin@example.com"}
    assert all(now < one["exp"] <= now + 86_400 for one in claims)


def test_the_token_is_signed_with_the_key_that_browsers_were_given(means, http, message):
    web_push.send(Browser().subscription, message, means)

    authorization = http.requests[0][1]["Authorization"]
    assert authorization.startswith("vapid ")
    assert f"k={means.vapid.public}" in authorization
    assert Vapid02.verify(authorization) is True


def test_the_key_is_the_same_wherever_the_secret_is_and_another_elsewhere():
    one, same, other = (VapidKey(secret, "mailto:a@b.example") for secret in ("s", "s", "t"))

    assert one.public == same.public != other.public
    assert len(base64.urlsafe_b64decode(one.public + "=")) == 65


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_has_ended_is_gone(means, http, message, status):
    http.answer = Response(status, {}, b"")

    assert web_push.send(Browser().subscription, message, means).kind == "gone"


@pytest.mark.parametrize(
    ("public_url", "subject"),
    [
        ("https://devices.example.com", "https://devices.example.com"),
        ("http://localhost:5000", "mailto:me@example.com"),
        ("https://localhost", "mailto:me@example.com"),
    ],
)
def test_vendors_are_told_an_address_that_exists(public_url, subject):
    assert subject_of(public_url, "me@example.com") == subject
