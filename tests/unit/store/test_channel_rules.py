"""What a channel may be, and what is shown of it later."""

import pytest

from qlines.errors import FieldError
from qlines.store.channel_rules import HIDDEN, ChannelFields, checked, shown
from qlines.webhook.url import Rules

STRICT = Rules()
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
GIVEN = {
    "email": {"address": "Alice@Example.com"},
    "webhook": {"url": "https://example.com/alarms"},
    "telegram": {"chat_id": "-1001234567890", "bot_token": "123456:ABC-DEF1234ghIkl-zyx57W2v1"},
    "ntfy": {"topic": "alarms-x7"},
    "web_push": {"endpoint": "https://push.example/abcd", "p256dh": P256DH, "auth": AUTH},
}


def channel(channel_type, settings=None, **fields):
    given = {"name": "mine", "type": channel_type, "settings": settings or GIVEN[channel_type]}
    return checked({**given, **fields}, STRICT)


@pytest.mark.parametrize("channel_type", GIVEN)
def test_each_type_has_settings_of_its_own(channel_type):
    assert channel(channel_type).type == channel_type


def test_what_is_not_given_is_as_by_default():
    assert channel("ntfy") == ChannelFields(
        name="mine",
        type="ntfy",
        settings={"server": "https://ntfy.sh", "topic": "alarms-x7"},
        default=True,
        enabled=True,
        operator=False,
        quiet_hours=None,
    )


def test_an_address_is_kept_in_lower_case():
    assert channel("email").settings == {"address": "alice@example.com"}


@pytest.mark.parametrize(
    ("channel_type", "settings", "field"),
    [
        ("email", {"address": "nobody"}, "settings.address"),
        ("email", {"address": "root,alice@example.com"}, "settings.address"),
        ("email", {"address": "people:alice@example.com;"}, "settings.address"),
        ("email", {"address": "a@b\r\nBcc:c@d"}, "settings.address"),
        ("email", {}, "settings.address"),
        ("webhook", {"url": "http://example.com/"}, "settings.url"),
        ("webhook", {"url": "https://127.0.0.1/"}, "settings.url"),
        ("webhook", {"url": "https://example.com/", "secret": "whsec_mine"}, "settings.secret"),
        ("telegram", {"chat_id": "me"}, "settings.chat_id"),
        ("telegram", {"chat_id": "1", "bot_token": "x"}, "settings.bot_token"),
        ("ntfy", {"topic": "two words"}, "settings.topic"),
        ("ntfy", {"topic": "t", "server": "https://10.0.0.1"}, "settings.server"),
        ("ntfy", {"topic": "t", "token": "two words"}, "settings.token"),
        ("web_push", GIVEN["web_push"] | {"endpoint": "https://[::1]/"}, "settings.endpoint"),
        ("web_push", GIVEN["web_push"] | {"auth": "AAAA"}, "settings.auth"),
        ("web_push", GIVEN["web_push"] | {"p256dh": "!"}, "settings.p256dh"),
        ("ntfy", {"topic": 7}, "settings.topic"),
        ("ntfy", {"topic": "t", "priority": "5"}, "settings.priority"),
    ],
)
def test_settings_that_cannot_work_are_refused(channel_type, settings, field):
    given = {"name": "mine", "type": channel_type, "settings": settings}
    with pytest.raises(FieldError) as refused:
        checked(given, STRICT)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"type": "pigeon"}, "type"),
        ({"default": 1}, "default"),
        ({"settings": "a topic"}, "settings"),
        ({"owner": "somebody"}, "owner"),
        ({"quiet_hours": {"from": "22:00"}}, "quiet_hours"),
    ],
)
def test_fields_that_cannot_be_are_refused(fields, field):
    with pytest.raises(FieldError) as refused:
        channel("ntfy", **fields)

    assert refused.value.field == field


def test_no_error_shows_a_secret():
    for settings in (
        GIVEN["web_push"] | {"endpoint": "http://push.example/s3cret"},
        GIVEN["web_push"] | {"auth": "s3cret"},
    ):
        with pytest.raises(FieldError) as refused:
            channel("web_push", settings)
        assert "s3cret" not in str(refused.value)


def test_a_change_keeps_what_it_does_not_name_and_removes_what_it_empties():
    before = channel("ntfy", {"topic": "alarms-x7", "token": "tk_1"}, default=False)

    renamed = checked({"name": "other"}, STRICT, before)
    open_now = checked({"settings": {"token": None}}, STRICT, before)

    assert renamed == before._replace(name="other")
    assert open_now.settings == {"server": "https://ntfy.sh", "topic": "alarms-x7"}


def test_the_secret_of_a_webhook_survives_a_change_of_its_address():
    before = channel("webhook")
    before.settings["secret"] = "whsec_made"

    changed = checked({"settings": {"url": "https://example.com/other"}}, STRICT, before)

    assert changed.settings == {"url": "https://example.com/other", "secret": "whsec_made"}


def test_the_type_stays():
    with pytest.raises(FieldError, match="add another channel"):
        checked({"type": "email"}, STRICT, channel("ntfy"))


def test_secrets_are_shown_by_their_last_characters():
    topic = {"server": "https://n.example", "topic": "alarms-x7", "token": "tk_abcd"}
    hook = {"url": "https://a.example", "secret": "whsec_abcd", "old_secret": "o"}

    assert shown("ntfy", topic) == {
        "server": "https://n.example", "topic": f"{HIDDEN}s-x7", "token": f"{HIDDEN}abcd",
    }  # fmt: skip
    assert shown("webhook", hook) == {"url": "https://a.example", "secret": f"{HIDDEN}abcd"}
