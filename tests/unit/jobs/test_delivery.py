"""The job that sends what is due for the channels of a person."""

from datetime import timedelta

import pytest

from qlines import role
from qlines.jobs import delivery
from qlines.jobs.dispatch.attempts import DELAYS_SECONDS
from qlines.messengers import result
from qlines.store import (
    browser_channels,
    channels,
    notifications,
    sessions,
    users,
)
from tests.fakes.alarm_messages import ALICE, Stage

WEBHOOK = {"url": "https://example.com/alarms"}


class KilledError(BaseException):
    """The process ends here."""


@pytest.fixture
def stage():
    return Stage()


@pytest.fixture
def channel(stage):
    return stage.add_channel()


def test_a_message_that_arrived_is_logged_once_with_the_sentence(stage, channel):
    stage.raise_alarm()
    stage.plan_and_deliver(channel)
    stage.deliver(channel)

    (one,) = stage.outbox()
    assert (one["state"], one["reason"], one["attempts"]) == ("sent", "it arrived", 1)
    assert [line["kind"] for line in one["log"]] == ["ok"]
    assert len(stage.sent) == 1


def test_j39_a_job_that_was_killed_after_sending_sends_the_same_message_again(stage, channel):
    stage.raise_alarm()
    stage.plan()
    stage.results = [KilledError()]
    with pytest.raises(KilledError):
        stage.deliver(channel)
    assert stage.states() == ["sending"]

    assert stage.deliver(channel) == 0, "the dead job still has the channel"
    stage.advance(seconds=61)
    stage.deliver(channel)

    first, second = stage.sent
    assert first == second
    (one,) = stage.outbox()
    assert (one["state"], len(one["log"])) == ("sent", 1), "it is logged once"


def test_what_joined_after_the_message_was_begun_is_a_message_of_its_own(stage, channel):
    first = stage.raise_alarm()
    stage.plan()
    stage.results = [KilledError()]
    with pytest.raises(KilledError):
        stage.deliver(channel)
    late = stage.outbox()[0] | {"_id": f"{first}:2:{channel['_id']}", "state": "waiting"}
    late.pop("message")
    notifications.add(stage.db, late)
    stage.advance(seconds=61)

    stage.deliver(channel)

    assert stage.sent[0] == stage.sent[1]
    assert [one.id for one in stage.sent[1:]] == [f"{first}:1:{channel['_id']}", late["_id"]]


def test_j38_a_webhook_that_fails_for_five_minutes_has_the_message_once_under_one_id(stage):
    hook = stage.add_channel(channel_type="webhook", settings=WEBHOOK)
    stage.raise_alarm()
    stage.plan()
    stage.results = [result.retry("it answered 500")] * 2
    stage.deliver(hook)
    stage.advance(seconds=5)
    stage.deliver(hook)
    stage.advance(seconds=300)
    stage.deliver(hook)  # perhaps on the other twin: all that it knows is in MongoDB
    stage.deliver(hook)

    assert len(stage.sent) == 3
    assert len({one.id for one in stage.sent}) == 1
    (one,) = stage.outbox()
    assert [line["kind"] for line in one["log"]] == ["retry", "retry", "ok"]
    assert "failing_since" not in channels.by_id(stage.db, hook["_id"])


def test_what_waits_for_the_morning_does_not_hide_what_is_due_now(stage, monkeypatch):
    monkeypatch.setattr(delivery, "MAX_DUE", 2)
    all_day = {"zone": "UTC", "from": "00:00", "to": "23:59"}
    quiet = stage.add_channel(quiet_hours=all_day)
    for _ in range(3):
        stage.raise_alarm(stage.add_rule(reminder_seconds=3600))
    stage.advance(seconds=1)
    critical = stage.raise_alarm(severity="critical")
    stage.plan_and_deliver(quiet)

    assert [one.topic for one in stage.sent] == [str(critical)]


def test_a_message_about_a_severity_that_rose_has_the_reading_of_that(stage, channel):
    alarm = stage.raise_alarm(severity="minor")
    stage.plan_and_deliver(channel)
    stage.advance(hours=1)
    stage.change(alarm, "severity", severity="critical")
    stage.plan_and_deliver(channel)

    first, second = (message.text for message in stage.sent)
    assert ("The reading of" in first, "The reading of" in second) == (True, False)


def test_a_storm_that_was_begun_is_whole_in_the_next_attempt(stage, channel, monkeypatch):
    monkeypatch.setattr(delivery, "MAX_DUE", 2)
    rule = stage.add_rule()
    for _ in range(20):
        stage.raise_alarm(rule)
    stage.plan()
    stage.advance(seconds=60)
    stage.results = [result.ok("it arrived"), KilledError()]
    with pytest.raises(KilledError):
        stage.deliver(channel)
    stage.advance(seconds=61)

    stage.deliver(channel)

    assert stage.sent[1] == stage.sent[2]
    assert len(stage.sent[2].data["alarms"]) == 19


def test_after_the_last_attempt_a_message_has_failed_with_the_reason(stage, channel):
    stage.raise_alarm()
    stage.plan()
    stage.results = [result.retry("nobody is there")] * 10
    for delay in (0, *DELAYS_SECONDS):
        stage.advance(seconds=delay)
        stage.deliver(channel)

    (one,) = stage.outbox()
    assert len(stage.sent) == 10
    assert (one["state"], "nobody is there" in one["reason"]) == ("failed", True)


def test_what_is_refused_is_not_sent_again_and_the_next_message_is(stage, channel):
    stage.raise_alarm()
    stage.plan()
    stage.results = [result.refused("it answered 413")]
    stage.deliver(channel)
    stage.advance(minutes=10)
    stage.raise_alarm()
    stage.plan_and_deliver(channel)

    assert stage.states() == ["failed", "sent"]


def test_a_fault_of_ours_costs_one_message_and_not_the_channel(stage, channel):
    stage.raise_alarm()
    stage.plan()
    stage.results = [KeyError("title")]
    stage.deliver(channel)
    stage.advance(minutes=1)
    stage.raise_alarm()
    stage.plan_and_deliver(channel)

    failed, sent = stage.outbox()
    assert (failed["state"], sent["state"]) == ("failed", "sent")
    assert failed["reason"] == "QLines has failed, its log says how (KeyError)"


def test_the_end_of_an_alarm_is_not_sent_before_its_beginning(stage, channel):
    alarm = stage.raise_alarm()
    stage.plan()
    stage.results = [result.retry("no")] * 2
    stage.deliver(channel)
    stage.advance(seconds=5)
    stage.deliver(channel)
    stage.advance(seconds=60)
    stage.clear(alarm)
    stage.plan_and_deliver(channel)
    assert len(stage.sent) == 2

    stage.advance(seconds=300)
    stage.deliver(channel)

    assert [one.type for one in stage.sent[2:]] == ["alarm.raised", "alarm.cleared"]


@pytest.mark.parametrize(("kind", "is_receivers"), [("webhook", True), ("telegram", False)])
def test_when_the_receiver_is_back_what_failed_before_need_not_wait(stage, kind, is_receivers):
    channel = stage.add_channel(channel_type=kind, settings=WEBHOOK)
    stage.raise_alarm()
    stage.plan()
    stage.results = [result.retry("no")._replace(is_receivers=is_receivers)] * 3
    for seconds in (0, 5, 300):
        stage.advance(seconds=seconds)
        stage.deliver(channel)
    stage.advance(minutes=1)
    stage.raise_alarm()
    stage.plan_and_deliver(channel)

    assert stage.states() == ["sent", "sent"]


def test_a_channel_that_fails_for_five_days_is_switched_off_and_its_owner_told(stage, channel):
    other = stage.add_channel(default=False)
    stage.raise_alarm()
    stage.plan()
    stage.results = [result.retry("no answer")]
    stage.deliver(channel)
    stage.advance(days=5)
    stage.results = [result.retry("no answer")]
    stage.deliver(channel)

    off = channels.by_id(stage.db, channel["_id"])
    assert (off["enabled"], "for 5 days" in off["disabled_reason"]) == (False, True)
    stage.deliver(other)
    assert stage.sent[-1].title == "The channel mine is switched off"
    assert "no answer" in stage.sent[-1].text
    assert stage.states() == ["failed", "sent"]


def test_the_owner_of_the_only_channel_is_told_by_mail_to_the_account(stage):
    owner = users.add(stage.db, "alice@example.com", "hash")["_id"]
    hook = stage.add_channel(owner, channel_type="webhook", settings=WEBHOOK)
    stage.raise_alarm(stage.add_rule(owner))
    stage.plan()
    stage.results = [result.gone("it answered 410")]
    stage.deliver(hook)

    assert stage.addresses[-1] == {"address": "alice@example.com"}
    assert stage.sent[-1].title == "The channel mine is switched off"
    assert "it answered 410" in stage.sent[-1].text


@pytest.mark.parametrize("answer", [result.ok("it arrived"), result.retry("later")])
def test_a_group_of_telegram_that_has_moved_is_sent_to_where_it_is_now(stage, answer):
    group = stage.add_channel(channel_type="telegram", settings={"chat_id": "-5"})
    stage.raise_alarm()
    stage.plan()
    stage.results = [answer._replace(moved_to={"chat_id": "-1005"})]
    stage.deliver(group)
    stage.advance(minutes=10)
    stage.raise_alarm(stage.add_rule())
    stage.plan_and_deliver(group)

    assert channels.by_id(stage.db, group["_id"])["enabled"]
    assert [one["chat_id"] for one in stage.addresses][1:] == ["-1005"] * (len(stage.sent) - 1)


def test_an_endpoint_that_is_gone_is_switched_off_at_once(stage, channel):
    stage.raise_alarm()
    stage.plan()
    stage.results = [result.gone("it answered 410")]
    stage.deliver(channel)

    assert channels.by_id(stage.db, channel["_id"])["disabled_reason"] == "it answered 410"
    assert stage.states() == ["failed"]


def test_a_browser_that_is_gone_is_deleted(stage):
    browser = stage.add_channel(
        channel_type="web_push",
        settings={"endpoint": "https://push.example/1", "p256dh": "", "auth": ""},
    )
    stage.raise_alarm()
    stage.plan()
    stage.results = [result.gone("it answered 410")]
    stage.deliver(browser)

    assert channels.of_owner(stage.db, browser["owner"]) == []


def test_a_browser_whose_session_has_expired_shows_that_there_is_an_alarm_and_not_which(stage):
    secret = sessions.start(stage.db, ALICE, address="", agent="", now=stage.now)
    keys = {"endpoint": "https://push.example/1", "p256dh": "", "auth": ""}
    browser = stage.add_channel(channel_type="web_push", settings=keys)
    browser_channels.bind(stage.db, browser, sessions.session_id(secret))
    stage.raise_alarm(stage.add_rule())
    stage.plan_and_deliver(browser)
    stage.advance(days=31)
    stage.raise_alarm(stage.add_rule())
    stage.plan_and_deliver(browser)

    before, after = stage.sent
    assert "pump 7" in before.title
    assert "pump 7" not in f"{after.title}{after.text}{after.data}"
    assert "Sign in to read it" in after.text


def test_a_channel_that_is_off_has_nothing_but_tests(stage, channel):
    stage.raise_alarm()
    stage.plan()
    channels.switch_off(stage.db, channel, "because")
    test = notifications.test_of(channel["owner"], channel["_id"], stage.now)
    notifications.add(stage.db, test)
    stage.deliver(channel)

    assert [one.type for one in stage.sent] == ["test"]
    assert sorted(stage.states()) == ["dropped", "sent"]


def test_a_user_who_was_disabled_is_sent_nothing_that_waits(stage):
    owner = users.add(stage.db, "alice@example.com", "hash")["_id"]
    channel = stage.add_channel(owner)
    stage.raise_alarm(stage.add_rule(owner))
    stage.plan()
    users.set_disabled(stage.db, owner, disabled=True)
    stage.deliver(channel)

    assert (stage.sent, stage.states()) == ([], ["dropped"])


def test_raise_and_end_of_an_alarm_are_one_conversation(stage, channel):
    alarm = stage.raise_alarm()
    stage.plan_and_deliver(channel)
    stage.advance(minutes=5)
    stage.clear(alarm)
    stage.plan_and_deliver(channel)

    raised, cleared = stage.sent
    assert (raised.reply_to, cleared.reply_to) == ("", raised.id)
    assert cleared.topic == raised.topic == str(alarm)


def test_a_chat_of_telegram_has_one_message_a_second(stage):
    chat = stage.add_channel(channel_type="telegram", settings={"chat_id": "1"})
    for _ in range(3):
        stage.raise_alarm(stage.add_rule())
    stage.plan()
    before = stage.now
    stage.deliver(chat)

    assert len(stage.sent) == 3
    assert stage.now - before == timedelta(seconds=2)


def test_the_owners_words_are_in_the_message(stage, channel):
    stage.raise_alarm(stage.add_rule(message="Look at {device}: {value} is above {limit}"))
    stage.plan_and_deliver(channel)

    assert stage.sent[0].text.startswith("Look at pump 7: 93 is above 80\npump 7: temperature")


def test_a_standby_sends_nothing_of_what_is_in_its_queue(monkeypatch, tmp_path):
    standby = role.Role(role.STANDBY, 0.0, 0.0, "the other twin is active")
    monkeypatch.setattr(role, "reader", lambda *_: lambda: standby)
    monkeypatch.setattr(delivery.logs, "configure", lambda _level: None)
    connected = []
    monkeypatch.setattr(delivery.mongodb, "connect", connected.append)
    monkeypatch.setenv("QLINES_DATA_DIR", str(tmp_path))

    delivery.run("65f0000000000000000000c1")

    assert connected == []
