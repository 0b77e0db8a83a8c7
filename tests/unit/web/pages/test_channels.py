"""/account/notifications: where the messages about somebody's alarms go."""

import re
from dataclasses import replace

import pytest

from qlines.clock import utc_datetime
from qlines.store import channels, notifications
from qlines.web.channel_words import OFFERED, WORDS

PAGE = "/account/notifications"
PHONE = {"name": "<b>phone</b>", "type": "ntfy", "settings": {"topic": "qlines-geheim-4711"}}


@pytest.fixture
def phone(alice):
    return alice.call("POST", "/api/channels", json=PHONE).json


@pytest.fixture
def client(alice):
    return alice.browser()


def test_without_a_channel_it_says_so_and_offers_each_type(client):
    page = client.get(PAGE).text

    assert "until you add a channel here" in page
    assert [f'href="{PAGE}/new/{name}"' in page for name in OFFERED] == [True] * len(OFFERED)


def test_the_list_says_what_became_of_the_last_message(world, alice, client, phone):
    assert "No message yet." in client.get(PAGE).text
    now = utc_datetime(world.deps.clock.now_us())
    test = notifications.test_of(alice.id, phone["id"], now)
    notifications.add(world.deps.db, test)
    notifications.finish(world.deps.db, [test["_id"]], "failed", "it is away", now, "refused")

    page = client.get(PAGE).text

    assert "failed. It is away." in page
    assert "&lt;b&gt;phone&lt;/b&gt;" in page
    assert "4711" not in page


def test_one_that_was_switched_off_says_why_and_how_to_switch_it_on(world, alice, client, phone):
    stored = channels.find(world.deps.db, alice.id, phone["id"])
    channels.switch_off(world.deps.db, stored, "nothing arrived for 5 days")

    assert "Nothing arrived for 5 days" in client.get(PAGE).text
    page = client.get(f"{PAGE}/{phone['id']}").text
    assert "This channel is switched off. Nothing arrived for 5 days" in page
    assert "Switch on again" in page


@pytest.mark.parametrize("name", sorted(OFFERED.keys() - {"telegram"}))
def test_a_new_channel_of_each_type_has_a_form_with_what_to_do(client, name):
    page = client.get(f"{PAGE}/new/{name}").text

    fields = re.findall(r'data-setting="(\w+)"', page)
    assert fields == [field.name for field in WORDS[name].fields]
    assert [step for step in WORDS[name].steps if step[:12] not in page] == []


def test_the_page_of_telegram_says_when_there_is_no_bot_and_makes_codes_with_one(world, client):
    assert "has no bot yet" in client.get(f"{PAGE}/new/telegram").text

    world.app.extensions["qlines"] = replace(world.deps, telegram_token="9:x")
    page = client.get(f"{PAGE}/new/telegram").text

    assert 'id="link-make"' in page
    assert [step for step in WORDS["telegram"].steps if step not in page] == []


def test_a_topic_is_proposed_that_nobody_guesses(client):
    proposed = [
        re.search(r'value="(qlines-[0-9a-f]{18})"', client.get(f"{PAGE}/new/ntfy").text)[1]
        for _ in range(2)
    ]

    assert proposed[0] != proposed[1]


def test_without_a_mail_server_the_form_for_mails_says_so(client):
    assert "has no mail server" in client.get(f"{PAGE}/new/email").text


@pytest.mark.parametrize("path", ["new/pigeon", "new/web_push", "0123456789abcdef01234567"])
def test_what_does_not_exist_is_not_found(client, path):
    assert client.get(f"{PAGE}/{path}").status_code == 404


def test_the_form_of_a_channel_has_no_secret(client, phone):
    page = client.get(f"{PAGE}/{phone['id']}").text

    assert "4711" in page, "its last characters, to tell which one it is"
    assert "geheim" not in page
    assert "Leave it empty to keep it" in page


def test_only_an_admin_is_asked_about_messages_on_the_appliance(client, carol):
    assert 'id="operator"' not in client.get(f"{PAGE}/new/email").text
    assert 'id="operator"' in carol.browser().get(f"{PAGE}/new/email").text


def test_it_is_found_from_the_account(client):
    assert f'href="{PAGE}"' in client.get("/account").text
