"""The changes of channels for test_audit.py: path and method ▶ what Carol does, and the line."""

import base64
from dataclasses import replace

from qlines.messengers.mail_links import ALWAYS, token_of
from qlines.store import telegram_links
from tests.fakes.telegram import TOKEN, USERNAME

CHANNEL = "/api/channels/<channel_id>"
HOOK = {"name": "Hook", "type": "webhook", "settings": {"url": "https://example.com/"}}
SUBSCRIPTION = {
    "endpoint": "https://push.example.com/1",
    "keys": {
        "p256dh": base64.urlsafe_b64encode(b"\4" + bytes(64)).decode(),
        "auth": base64.urlsafe_b64encode(bytes(16)).decode(),
    },
}


def with_channel(method, path="", **body):
    """Send a request to the API, once Carol has a channel."""

    def act(one):
        made = one.carol.call("POST", "/api/channels", json=HOOK).json
        one.world.deps.clock.sleep = lambda _seconds: one.world.deps.clock.advance(60)
        one.api(method, f"/api/channels/{made['id']}{path}", **body)

    return act


def with_bot(one):
    """Make a code, once the admin has a bot."""
    deps = one.world.deps
    one.world.app.extensions["qlines"] = replace(deps, telegram_token=TOKEN)
    telegram_links.note_bot(deps.db, TOKEN.partition(":")[0], username=USERNAME)
    one.api("POST", "/api/channels/telegram-links")


WARD = "ward@example.com"
MAIL = {"name": "Ward", "type": "email", "settings": {"address": WARD}}


def with_mails(purpose="", path=""):
    """Have a receiver of Carol's mails follow a link of one, or Carol have it sent again."""

    def act(one):
        made = one.carol.call("POST", "/api/channels", json=MAIL).json
        if not purpose:
            one.api("POST", f"/api/channels/{made['id']}/confirmation")
            return
        until_s = ALWAYS if purpose == "stop" else 4_000_000_000
        token = token_of(one.world.deps.secret_key, purpose, made["id"], WARD, until_s)
        assert one.world.client().post(f"{path}{token}").status_code == 200

    return act


NAMED = "the channel 'Hook' of the type webhook"
OF_CHANNELS = {
    ("/api/channels", "POST"): (
        lambda one: one.api("POST", "/api/channels", **HOOK),
        f"added {NAMED}",
    ),
    (CHANNEL, "PATCH"): (
        with_channel("PATCH", name="Hook", default=False),
        f"changed default, name of {NAMED}",
    ),
    (CHANNEL, "DELETE"): (with_channel("DELETE"), f"removed {NAMED}"),
    ("/api/channels/telegram-links", "POST"): (
        with_bot,
        "made a code to link a chat of Telegram",
    ),
    (f"{CHANNEL}/test", "POST"): (with_channel("POST", "/test"), f"sent a test to {NAMED}"),
    (f"{CHANNEL}/confirmation", "POST"): (
        with_mails(),
        "had the confirmation of the channel 'Ward' of the type email asked for again",
    ),
    ("/confirm-address/<token>", "POST"): (
        with_mails("confirm", "/confirm-address/"),
        "confirmed the channel 'Ward' of carol@example.com",
    ),
    ("/unsubscribe/<token>", "POST"): (
        with_mails("stop", "/unsubscribe/"),
        "switched off the channel 'Ward' of carol@example.com by the link in a mail",
    ),
    (f"{CHANNEL}/secret", "POST"): (
        with_channel("POST", "/secret"),
        f"replaced the secret of {NAMED}",
    ),
    ("/api/push/subscriptions", "POST"): (
        lambda one: one.api("POST", "/api/push/subscriptions", **SUBSCRIPTION),
        "added the channel 'A browser', a browser",
    ),
    ("/api/notification-settings", "PATCH"): (
        lambda one: one.api("PATCH", "/api/notification-settings", muted_until=1),
        "changed muted_until of all own channels",
    ),
}
