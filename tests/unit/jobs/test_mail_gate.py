"""When a mail has to wait: for its receiver's consent, our own server, or the next day."""

from datetime import timedelta

import pytest

from qlines.jobs import mail_gate
from qlines.jobs.dispatch.next_message import Outgoing
from qlines.messengers import result
from qlines.store import channels, mail_counts, mail_outage, notifications, waiting_mails
from tests.fakes.alarm_messages import ALICE, BOB, Stage

AWAY = "the mail server mail.example.com cannot be used: Connection refused"
HOOK = {"url": "https://example.com/alarms"}


@pytest.fixture
def stage():
    return Stage()


@pytest.fixture
def mail(stage):
    return stage.add_channel()


def raise_alarms(stage, count, severity="major"):
    for _ in range(count):
        stage.raise_alarm(stage.add_rule(), severity=severity)
    stage.plan()


def next_minute(stage):
    """Let a minute pass, and the dispatcher make one channel due."""
    stage.advance(minutes=1)
    waiting_mails.let_one_try(stage.db, stage.now)


def reasons(stage, **query):
    return {one["reason"] for one in stage.outbox(**query)}


def test_an_address_that_is_not_confirmed_gets_the_confirmation_and_nothing_else(stage, mail):
    channels.require_confirmation(stage.db, mail, stage.now)
    asks = notifications.confirmation(ALICE, mail["_id"], "alice@example.com", stage.now)
    notifications.add(stage.db, asks)
    notifications.add(stage.db, notifications.test_of(ALICE, mail["_id"], stage.now))
    raise_alarms(stage, 1)
    stage.deliver(mail)

    assert [one.type for one in stage.sent] == ["confirmation"]
    assert reasons(stage, state="dropped") == {
        "the receiver has not confirmed the address: the page of the channel says how"
    }

    channels.confirm(stage.db, channels.by_id(stage.db, mail["_id"]))
    stage.advance(minutes=10)
    raise_alarms(stage, 1)
    stage.deliver(mail)
    assert [one.type for one in stage.sent] == ["confirmation", "alarm.raised"]


def test_a_channel_from_before_there_was_a_confirmation_is_confirmed(stage, mail):
    stored = stage.db.channels.find_one({"_id": mail["_id"]})
    assert "unconfirmed_since" not in stored

    raise_alarms(stage, 1)
    stage.deliver(mail)

    assert len(stage.sent) == 1


def test_an_outage_of_our_own_server_switches_no_channel_off_and_loses_nothing(stage, mail):
    raise_alarms(stage, 1)
    stage.results = [result.outage(AWAY)] * 200
    for _ in range(200):  # more than the two days in which an attempt is repeated
        stage.deliver(mail)
        stage.advance(minutes=20)
    assert reasons(stage, purpose="event") == {AWAY}

    stage.results = []
    next_minute(stage)
    stage.deliver(mail)

    after = channels.by_id(stage.db, mail["_id"])
    assert (after["enabled"], "failing_since" in after) == (True, False)
    assert [one["state"] for one in stage.outbox()] == ["sent"]
    assert len({one.id for one in stage.sent}) == 1
    assert mail_outage.current(stage.db) is None


def test_in_an_outage_one_mail_a_minute_is_tried_and_then_all_are_due(stage, mail):
    other = stage.add_channel()
    raise_alarms(stage, 2)
    stage.results = [result.outage(AWAY)] * 2
    for one in (mail, other, mail, other):
        stage.deliver(one)
    assert len(stage.sent) == 1, "who comes next waits with it"

    next_minute(stage)
    for one in (other, mail):
        stage.deliver(one)
    assert len(stage.sent) == 2
    assert mail_outage.current(stage.db)["since"] == stage.now - timedelta(minutes=1)

    next_minute(stage)
    stage.deliver(mail)
    stage.deliver(other)
    assert {one["state"] for one in stage.outbox(purpose="event")} == {"sent"}


@pytest.mark.parametrize("answer", [result.refused("550 no such user"), result.retry("451 later")])
def test_a_server_that_refuses_one_mail_only_is_back_and_the_others_are_due(stage, mail, answer):
    other = stage.add_channel()
    raise_alarms(stage, 1)
    stage.results = [result.outage(AWAY)]
    stage.deliver(mail)
    stage.deliver(other)

    next_minute(stage)
    stage.results = [answer]
    stage.deliver(mail)
    stage.deliver(other)

    assert mail_outage.current(stage.db) is None
    assert [one["state"] for one in stage.outbox(channel=other["_id"])] == ["sent"]
    assert [one["attempts"] for one in stage.outbox(channel=mail["_id"])] == [1]


def test_what_waits_for_our_server_for_three_days_has_failed_and_says_why(stage, mail):
    raise_alarms(stage, 1)
    stage.results = [result.outage(AWAY)] * 2
    stage.deliver(mail)
    stage.advance(days=3, minutes=1)
    stage.deliver(mail)

    (one,) = stage.outbox()
    assert (one["state"], one["reason"]) == ("failed", f"for 3 days it could not be sent: {AWAY}")


def test_an_answer_that_is_not_about_the_receiver_does_not_count_against_it(stage, mail):
    for _ in range(7):
        stage.results = [result.refused("554 out of order")._replace(is_receivers=False)]
        raise_alarms(stage, 1)
        stage.deliver(mail)
        stage.advance(days=1)

    after = channels.by_id(stage.db, mail["_id"])
    assert (after["enabled"], "failing_since" in after) == (True, False)


def test_an_outage_of_the_mail_server_holds_up_no_other_channel(stage, mail):
    hook = stage.add_channel(channel_type="webhook", settings=HOOK)
    raise_alarms(stage, 1)
    stage.results = [result.outage(AWAY)]
    stage.deliver(mail)
    stage.deliver(hook)

    assert [one["state"] for one in stage.outbox(channel=hook["_id"])] == ["sent"]


class Limited(Stage):
    """At most ten mails a day, the last two for critical alarms."""

    most_mails_a_day = 10


@pytest.fixture
def limited():
    return Limited()


def storm(stage, channel, count, severity="major"):
    """Raise alarms so slowly that each would be a mail of its own."""
    for _ in range(count):
        raise_alarms(stage, 1, severity)
        stage.deliver(channel)
        stage.advance(minutes=2)


def test_beyond_the_limit_of_a_day_mails_are_one_and_nothing_is_lost(limited):
    mail = limited.add_channel()
    hook = limited.add_channel(channel_type="webhook", settings=HOOK, default=False)
    storm(limited, mail, 12)
    alarms = [one for one in limited.sent if one.type == "alarm.raised"]
    assert len(alarms) == 8
    limited.deliver(hook)
    assert [one.title for one in limited.sent[8:]] == [mail_gate.SUBJECT] * 2, "once a channel"

    held = limited.outbox(state="waiting", purpose="event", kind="alarm")
    assert len(held) == 4
    assert "(QLINES_OWNER_MAILS_PER_DAY is 10, the last fifth" in held[0]["reason"]
    day_ends = mail_counts.end_of_day(limited.now)
    limited.advance(seconds=(day_ends - limited.now).total_seconds())
    limited.deliver(mail)

    assert limited.sent[-1].type == "alarm.digest"
    assert limited.sent[-1].title.startswith("4 alarms")
    assert {one["state"] for one in limited.outbox()} == {"sent"}


def test_the_last_fifth_of_the_limit_is_for_critical_alarms(limited):
    mail = limited.add_channel()
    storm(limited, mail, 9)
    storm(limited, mail, 3, severity="critical")

    sent = [one.severity for one in limited.sent if one.type == "alarm.raised"]
    assert (sent.count("major"), sent.count("critical")) == (8, 2)


def test_a_test_beyond_the_limit_says_so_at_once(limited):
    mail = limited.add_channel()
    storm(limited, mail, 8)
    test = notifications.test_of(ALICE, mail["_id"], limited.now)
    notifications.add(limited.db, test)
    limited.deliver(mail)

    now = notifications.find(limited.db, test["_id"])
    assert (now["state"], "send it after 00:00 UTC" in now["reason"]) == ("dropped", True)


def test_the_limit_is_each_owners_own_and_not_for_other_channels(limited):
    hook = limited.add_channel(channel_type="webhook", settings=HOOK)
    storm(limited, hook, 12)

    assert len(limited.sent) == 12


def test_mails_beyond_the_limit_prolong_no_outage_of_the_server(limited):
    mail, other = limited.add_channel(), limited.add_channel(BOB, settings={"address": "b@a.de"})
    storm(limited, mail, 8)
    limited.results = [result.outage(AWAY)]
    limited.raise_alarm(limited.add_rule(BOB))
    limited.plan_and_deliver(other)
    raise_alarms(limited, 1)

    next_minute(limited)
    limited.deliver(mail)
    limited.deliver(other)

    assert [one["state"] for one in limited.outbox(owner=BOB)] == ["sent"]


def test_a_mail_that_is_tried_again_counts_once(limited):
    mail = limited.add_channel()
    raise_alarms(limited, 1)
    limited.results = [result.retry("450 later")._replace(is_receivers=False)] * 3
    for seconds in (0, 6, 400, 2_000):
        limited.advance(seconds=seconds)
        limited.deliver(mail)

    counted = mail_gate.COUNTED.format(ALICE)
    assert mail_counts.today(limited.db, counted, limited.now) == 1


def test_alarms_that_others_give_to_somebody_leave_room_for_their_own_critical_ones(stage, mail):
    raise_alarms(stage, 1, severity="critical")
    [own] = stage.outbox(channel=mail["_id"])
    given = own | {"type": "alarm.assigned"}

    assert mail_gate.most_for(Outgoing("m", [given]), 100) == 80
    assert mail_gate.most_for(Outgoing("m", [given, own]), 100) == 100
