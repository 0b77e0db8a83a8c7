"""/api/channels/telegram-links: a code by which a chat of Telegram becomes a channel."""

from dataclasses import replace

import pytest

from qlines.clock import utc_datetime
from qlines.store import channels, telegram_links
from tests.fakes.telegram import TOKEN, USERNAME

PATH = "/api/channels/telegram-links"
BOT_ID = TOKEN.partition(":")[0]
CHAT = {"name": "chat", "type": "telegram", "settings": {"chat_id": "4711"}}


@pytest.fixture
def bot(world):
    """Let the admin set a bot, whose name is known."""
    world.app.extensions["qlines"] = replace(world.deps, telegram_token=TOKEN)
    telegram_links.note_bot(world.deps.db, BOT_ID, username=USERNAME, problem="")


def test_a_code_has_links_that_send_it_to_the_bot(alice, bot):
    assert bot is None
    made = alice.call("POST", PATH)

    assert made.status_code == 201, made.text
    link = made.json
    assert link["link"] == f"https://t.me/{USERNAME}?start={link['code']}"
    assert link["group_link"] == f"https://t.me/{USERNAME}?startgroup={link['code']}"
    assert link["qr_code"].startswith("<svg")
    assert len(link["code"]) == 22
    assert alice.get(f"{PATH}/{link['id']}").json == {
        "state": "waiting",
        "channel": None,
        "sentence": "",
    }


def test_each_code_is_another_one_and_only_its_person_sees_what_became_of_it(alice, bob, bot):
    assert bot is None
    first, second = (alice.call("POST", PATH).json for _ in range(2))

    assert first["code"] != second["code"]
    assert alice.get(f"{PATH}/{first['id']}").json["state"] == "expired"
    assert bob.get(f"{PATH}/{second['id']}").status_code == 404


def test_without_a_bot_of_the_admin_there_are_no_codes(alice):
    answer = alice.call("POST", PATH)

    assert answer.status_code == 409
    assert "QLINES_TELEGRAM_BOT_TOKEN" in answer.text


@pytest.mark.parametrize(
    ("known", "said"),
    [({}, "is not known yet"), ({"problem": "Telegram does not know it"}, "does not know it")],
)
def test_while_the_bot_does_not_work_it_is_said(world, alice, known, said):
    world.app.extensions["qlines"] = replace(world.deps, telegram_token=TOKEN)
    telegram_links.note_bot(world.deps.db, BOT_ID, **known)

    answer = alice.call("POST", PATH)

    assert (answer.status_code, said in answer.text) == (409, True)


def test_nobody_makes_any_number_of_codes(alice, bot):
    assert bot is None
    made = [alice.call("POST", PATH).status_code for _ in range(31)]

    assert made == [201] * 30 + [429]


def test_a_chat_is_never_added_by_its_number(alice):
    answer = alice.call("POST", "/api/channels", json=CHAT)

    assert answer.status_code == 422
    assert "link the chat by a code" in answer.text


def test_the_chat_of_a_channel_stays_and_the_rest_may_be_changed(world, alice):
    fields = channels.ChannelFields(
        "mine", "telegram", {"chat_id": "1"}, default=True, enabled=True, operator=False,
        quiet_hours=None,
    )  # fmt: skip
    channel = channels.add(world.deps.db, alice.id, fields, utc_datetime(world.deps.clock.now_us()))
    path = f"/api/channels/{channel['_id']}"

    assert alice.call("PATCH", path, json={"settings": {"chat_id": "2"}}).status_code == 422
    renamed = alice.call("PATCH", path, json={"name": "Night shift", "settings": {}})
    assert (renamed.status_code, renamed.json["settings"]) == (200, {"chat_id": "1"})
