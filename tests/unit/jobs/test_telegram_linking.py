"""Chats of Telegram become channels by a code that somebody sends there."""

from datetime import timedelta

import pytest

from qlines.jobs.telegram_linking import DONE, UNKNOWN, Linker
from qlines.messengers.telegram_bot import MAX_ANSWER_BYTES, Bot
from qlines.store import audit, channels, telegram_links, users
from tests.fakes.alarm_messages import ALICE, BOB, Stage
from tests.fakes.telegram import TOKEN, USERNAME, FakeTelegram

BOT_ID = TOKEN.partition(":")[0]


@pytest.fixture
def stage():
    return Stage()


@pytest.fixture
def telegram(stage):
    return FakeTelegram(stage.clock)


@pytest.fixture
def linker(stage, telegram):
    return Linker(stage.db, Bot(TOKEN, telegram), stage.clock)


def code_for(stage, owner=ALICE):
    return telegram_links.add(stage.db, owner, stage.now)[1]


def linked(stage, owner=ALICE):
    return [(one["name"], one["settings"]) for one in channels.of_owner(stage.db, owner)]


@pytest.mark.parametrize(
    ("text", "chat", "name"),
    [
        ("/start CODE", {"chat_id": 7, "first_name": "Alice"}, "Telegram: Alice"),
        (f"/start@{USERNAME} CODE", {"chat_id": -100200, "title": "Night shift"},
         "Telegram: Night shift"),
        (f"/start@{USERNAME.lower()} CODE", {"chat_id": -3, "title": "a\nb"}, "Telegram: a b"),
        ("/start CODE", {"chat_id": -9, "kind": "channel_post", "title": "News"},
         "Telegram: News"),
    ],
)  # fmt: skip
def test_the_chat_in_which_the_code_is_sent_is_a_channel(stage, linker, telegram, text, chat, name):
    telegram.write(text.replace("CODE", code_for(stage)), **chat)

    linker.run_once()

    assert linked(stage) == [(name, {"chat_id": str(chat["chat_id"])})]
    assert telegram.replies == [(str(chat["chat_id"]), DONE)]


def test_the_page_learns_which_channel_it_is(stage, linker, telegram):
    link, code = telegram_links.add(stage.db, ALICE, stage.now)
    assert telegram_links.state_of(link, stage.now) == "waiting"
    telegram.write(f"/start {code}")

    linker.run_once()

    ended = telegram_links.find(stage.db, ALICE, str(link["_id"]))
    [channel] = channels.of_owner(stage.db, ALICE)
    assert (telegram_links.state_of(ended, stage.now), ended["channel"]) == (
        "linked",
        channel["_id"],
    )


def test_a_code_is_for_one_chat(stage, linker, telegram):
    code = code_for(stage)
    telegram.write(f"/start {code}", 1)
    telegram.write(f"/start {code}", 2)

    linker.run_once()

    assert [settings["chat_id"] for _, settings in linked(stage)] == ["1"]
    assert telegram.replies == [("1", DONE), ("2", UNKNOWN)]


def test_who_sends_a_code_twice_reads_twice_that_the_chat_is_linked(stage, linker, telegram):
    code = code_for(stage)
    telegram.write(f"/start {code}", 1)
    telegram.write(f"/start {code}", 1)

    linker.run_once()

    assert len(linked(stage)) == 1
    assert telegram.replies == [("1", DONE)] * 2


def test_a_code_that_is_too_old_links_nothing(stage, linker, telegram):
    code = code_for(stage)
    stage.advance(minutes=15)
    code_for(stage, BOB)
    telegram.write(f"/start {code}")

    linker.run_once()

    assert (linked(stage), telegram.replies) == ([], [("1", UNKNOWN)])


def test_a_new_code_ends_the_one_before(stage, linker, telegram):
    first, second = code_for(stage), code_for(stage)
    telegram.write(f"/start {first}", 1)
    telegram.write(f"/start {second}", 2)

    linker.run_once()

    assert [settings["chat_id"] for _, settings in linked(stage)] == ["2"]


@pytest.mark.parametrize(
    "text", ["/start", "CODE", "/note CODE", "/start@another_bot CODE", "/start CODE more"]
)
def test_what_is_no_start_of_ours_links_nothing(stage, linker, telegram, text):
    telegram.write(text.replace("CODE", code_for(stage)))

    linker.run_once()

    assert (linked(stage), telegram.replies) == ([], [])


def test_what_was_written_yesterday_is_not_answered(stage, linker, telegram):
    code_for(stage)
    telegram.write("/start 0123456789abcdef", ago_seconds=7200)

    linker.run_once()

    assert telegram.replies == []


def test_what_was_read_is_not_read_again_by_the_next_one(stage, linker, telegram):
    code = code_for(stage)
    telegram.write(f"/start {code}")
    linker.run_once()
    code_for(stage, BOB)

    Linker(stage.db, Bot(TOKEN, telegram), stage.clock).run_once()

    assert telegram.replies == [("1", DONE)]


def test_updates_that_begin_anywhere_after_a_quiet_week_are_read_once(stage, linker, telegram):
    telegram.write(f"/start {code_for(stage)}")
    linker.run_once()
    telegram.begin_anywhere()
    telegram.write(f"/start {code_for(stage, BOB)}", 2)
    code_for(stage)

    for _ in range(3):
        linker.run_once()

    assert telegram.replies == [("1", DONE), ("2", DONE)]


def test_a_code_after_many_long_messages_links_its_chat(stage, telegram):
    class Limited:
        def request(self, url, request):
            response = telegram.request(url, request)
            assert len(response.body) < MAX_ANSWER_BYTES
            return response

    for _ in range(100):
        telegram.write("\U0001f600" * 2_048, quoted="\U0001f600" * 2_048)
    telegram.write(f"/start {code_for(stage)}")
    linker = Linker(stage.db, Bot(TOKEN, Limited()), stage.clock)

    for _ in range(11):
        linker.run_once()

    assert len(linked(stage)) == 1


def test_who_was_killed_before_that_was_noted_links_the_chat_once(stage, linker, telegram):
    telegram.write(f"/start {code_for(stage)}")
    end = telegram_links.end
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(telegram_links, "end", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            linker.run_once()
    assert telegram_links.end is end

    linker.run_once()

    assert len(linked(stage)) == 1
    assert telegram.replies == [("1", DONE)]


def test_a_chat_that_is_a_channel_already_is_switched_on_again(stage, linker, telegram):
    old = stage.add_channel(channel_type="telegram", settings={"chat_id": "1"})
    channels.switch_off(stage.db, old, "the bot was blocked")
    telegram.write(f"/start {code_for(stage)}")

    linker.run_once()

    [channel] = channels.of_owner(stage.db, ALICE)
    assert (channel["_id"], channel["enabled"]) == (old["_id"], True)
    assert "disabled_reason" not in channel


def test_a_group_may_be_a_channel_of_several_people(stage, linker, telegram):
    for owner in (ALICE, BOB):
        telegram.write(f"/start {code_for(stage, owner)}", -5, title="Night shift")

    linker.run_once()

    assert linked(stage, ALICE) == linked(stage, BOB) != []


def test_beyond_the_limit_of_channels_the_chat_and_the_page_are_given_the_reason(
    stage, linker, telegram
):
    for _ in range(channels.MAX_CHANNELS):
        stage.add_channel()
    link, code = telegram_links.add(stage.db, ALICE, stage.now)
    telegram.write(f"/start {code}")

    linker.run_once()

    assert "there are 50 channels already" in telegram.replies[0][1]
    ended = telegram_links.find(stage.db, ALICE, str(link["_id"]))
    assert telegram_links.state_of(ended, stage.now) == "failed"


def test_telegram_is_asked_only_while_somebody_has_a_code(stage, linker, telegram):
    linker.run_once()
    assert linker.run_once() > 0
    assert telegram.asked == ["getMe"]
    assert telegram_links.bot(stage.db, BOT_ID)["username"] == USERNAME

    code_for(stage)
    assert linker.run_once() == 0
    stage.advance(minutes=15)
    linker.run_once()

    assert telegram.asked == ["getMe", "getUpdates"]


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        ((401, {"ok": False, "description": "Unauthorized"}), "does not know the token"),
        ((409, {"ok": False, "description": "Conflict: a webhook is active"}), "a webhook is"),
        ((502, "<html>"), "status 502"),
    ],
)
def test_what_is_wrong_with_the_bot_is_noted_until_it_is_over(
    stage, linker, telegram, failure, said
):
    code = code_for(stage)
    telegram.write(f"/start {code}")
    telegram.failure = failure

    assert linker.run_once() > 0
    problem = telegram_links.bot(stage.db, BOT_ID)["problem"]
    assert (said in problem, TOKEN.partition(":")[2] in problem) == (True, False)

    telegram.failure = None
    linker.run_once()
    assert telegram_links.bot(stage.db, BOT_ID)["problem"] == ""
    assert len(linked(stage)) == 1


def test_a_problem_is_over_also_when_nobody_has_a_code_any_more(stage, linker, telegram):
    code_for(stage)
    telegram.failure = (502, "<html>")
    linker.run_once()
    stage.advance(minutes=15)
    telegram.failure = None

    linker.run_once()

    assert telegram_links.bot(stage.db, BOT_ID)["problem"] == ""


def test_the_name_of_the_bot_is_noted_also_when_mongodb_was_away_before(stage, linker):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(telegram_links, "note_bot", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            linker.run_once()

    linker.run_once()

    assert telegram_links.bot(stage.db, BOT_ID)["username"] == USERNAME


def test_a_problem_that_the_node_before_has_noted_late_is_over(stage, linker):
    linker.run_once()
    conflict = "Telegram says: Conflict: terminated by other getUpdates request"
    telegram_links.note_bot(stage.db, BOT_ID, problem=conflict)

    linker.run_once()

    assert telegram_links.bot(stage.db, BOT_ID)["problem"] == ""


def test_a_problem_that_lasts_is_logged_once(stage, linker, telegram, caplog):
    telegram.failure = (401, {"ok": False, "description": "Unauthorized"})

    for _ in range(3):
        linker.run_once()

    assert len([one for one in caplog.records if one.levelname == "WARNING"]) == 1


def test_the_link_is_in_the_audit(stage, linker, telegram):
    owner = users.add(stage.db, "alice@example.com", "hash")["_id"]
    telegram.write(f"/start {code_for(stage, owner)}", title="Night shift")

    linker.run_once()

    [line] = audit.newest(stage.db, 10)
    assert (line["who"], line["what"]) == (
        "alice@example.com",
        "linked the chat 'Telegram: Night shift' by a code",
    )


def test_codes_are_stored_as_hashes_and_kept_for_a_day(stage):
    code = code_for(stage)

    assert code not in str(stage.db.telegram_links.documents)
    assert timedelta(days=1) == telegram_links.KEPT
