"""What store/ promises about channels and the outbox, on the fake and on mongod."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from qlines.errors import ConflictError, NotFoundError
from qlines.store import (
    account_mails,
    channels,
    mail_counts,
    mail_outage,
    notification_settings,
    notifications,
    waiting_mails,
)
from qlines.store.channel_rules import ChannelFields
from qlines.store.transaction import in_transaction

NOW = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
ALICE, BOB = ObjectId("a" * 24), ObjectId("b" * 24)
BROWSER = {"endpoint": "https://push.example/1", "p256dh": "p", "auth": "a"}


def fields(channel_type="email", settings=None, **given):
    whole = ChannelFields(
        "mine", channel_type, settings or {"address": "a@b.example"}, default=True, enabled=True,
        operator=False, quiet_hours=None,
    )  # fmt: skip
    return whole._replace(**given)


def entry(channel, number, due_at=NOW, **given):
    made = notifications.notice(channel["owner"], channel["_id"], "s", "t", NOW)
    identity = f"e{number}:{channel['_id']}"
    return made | {
        "_id": identity, "batch": identity, "due_at": due_at, "at": NOW + timedelta(seconds=number),
    } | given  # fmt: skip


class ChannelsContract:
    @pytest.fixture
    def channel(self, db):
        return channels.add(db, ALICE, fields(), NOW)

    def test_a_channel_belongs_to_one_owner(self, db, channel):
        other = channels.add(db, BOB, fields(), NOW)

        assert [one["_id"] for one in channels.of_owner(db, str(ALICE))] == [channel["_id"]]
        with pytest.raises(NotFoundError):
            channels.find(db, ALICE, other["_id"])
        with pytest.raises(NotFoundError):
            channels.change(db, {**other, "owner": ALICE}, fields(), NOW)
        with pytest.raises(NotFoundError):
            channels.remove(db, ALICE, other["_id"])

    def test_a_webhook_has_a_secret_that_can_be_replaced(self, db, channel):
        hook = channels.add(db, ALICE, fields("webhook", {"url": "https://a.example"}), NOW)

        rolled = channels.roll_secret(db, ALICE, hook["_id"], NOW)

        found = channels.find(db, ALICE, hook["_id"])["settings"]
        assert found == rolled["settings"]
        assert found["old_secret"] == hook["settings"]["secret"] != found["secret"]
        with pytest.raises(ConflictError):
            channels.roll_secret(db, ALICE, channel["_id"], NOW)

    def test_a_browser_has_the_messages_of_who_has_signed_in_last(self, db):
        channels.add(db, ALICE, fields("web_push", BROWSER), NOW)
        channels.add(db, BOB, fields("web_push", BROWSER), NOW)

        assert channels.of_owner(db, ALICE) == []
        assert len(channels.of_owner(db, BOB)) == 1

    def test_one_that_is_switched_on_again_has_not_failed(self, db, channel):
        assert channels.note_failure(db, channel, NOW) == NOW
        channel = channels.by_id(db, channel["_id"])
        assert channels.note_failure(db, channel, NOW + timedelta(days=1)) == NOW
        assert channels.failing(db) == 1
        channels.switch_off(db, channel, "it answered 410")

        off = channels.by_id(db, channel["_id"])
        assert (off["enabled"], off["disabled_reason"]) == (False, "it answered 410")
        on = channels.change(db, off, fields(), NOW)
        assert not {"failing_since", "disabled_reason"} & set(on)

    def test_a_change_leaves_what_another_window_has_just_changed(self, db):
        hook = channels.add(db, ALICE, fields("webhook", {"url": "https://a.example"}), NOW)
        seen = channels.fields_of(hook)
        rolled = channels.roll_secret(db, ALICE, hook["_id"], NOW)
        channels.switch_off(db, rolled, "it answered 410")
        channels.change(db, hook, seen._replace(name="Night"), NOW)

        settings = {**seen.settings, "url": "https://b.example"}
        after = channels.change(db, hook, seen._replace(default=False, settings=settings), NOW)

        assert (after["name"], after["default"], after["enabled"]) == ("Night", False, False)
        assert after["disabled_reason"] == "it answered 410"
        assert after["settings"] == {**rolled["settings"], "url": "https://b.example"}

    def test_an_address_that_is_not_its_owners_own_is_confirmed_by_its_receiver(self, db):
        own = channels.add(db, ALICE, fields(), NOW, own_address="a@b.example")
        other = channels.add(db, ALICE, fields(), NOW, own_address="alice@b.example")
        assert (channels.is_served(own), channels.is_served(other)) == (True, False)

        channels.confirm(db, other)
        confirmed = channels.by_id(db, other["_id"])
        moved_to = channels.fields_of(other)._replace(settings={"address": "c@b.example"})
        moved = channels.change(db, confirmed, moved_to, NOW)

        assert (channels.is_served(confirmed), channels.is_served(moved)) == (True, False)
        channels.confirm(db, other)  # by a link to the former address
        assert not channels.is_served(channels.by_id(db, other["_id"]))

    def test_mails_of_a_day_are_counted_to_their_limit_and_from_one_again_the_next_day(self, db):
        assert [mail_counts.take(db, "a", 2, NOW) for _ in range(3)] == [True, True, False]
        assert mail_counts.take(db, "b", 0, NOW) is False
        assert mail_counts.take(db, "a", 3, NOW) is True, "another limit, the same count"
        assert mail_counts.today(db, "a", NOW) == 3

        tomorrow = mail_counts.end_of_day(NOW)
        assert mail_counts.take(db, "a", 2, tomorrow) is True
        assert mail_counts.today(db, "a", tomorrow) == 1

    def test_in_an_outage_of_the_mail_server_one_may_try_each_minute(self, db):
        assert mail_outage.holds(db, NOW) is None
        mail_outage.note(db, "it does not answer", NOW)
        next_try_at = NOW + mail_outage.TRY_EVERY
        assert mail_outage.holds(db, NOW)["sentence"] == "it does not answer"

        assert mail_outage.holds(db, next_try_at) is None, "this one tries"
        assert mail_outage.holds(db, next_try_at) is not None, "and nobody else"
        mail_outage.note(db, "it refuses the sign-in", next_try_at)
        assert mail_outage.current(db)["since"] == NOW
        assert mail_outage.seconds(db, next_try_at) == 60

        much_later = next_try_at + timedelta(hours=1)
        assert mail_outage.holds(db, much_later) is None
        assert mail_outage.current(db)["since"] == much_later, "nobody knows what was in between"
        assert [mail_outage.end(db), mail_outage.end(db)] == [True, False]

    def test_what_waits_for_the_mail_server_is_due_when_it_is_back(self, db, channel):
        for number, due_at in ((1, NOW), (2, NOW + timedelta(hours=8))):
            notifications.add(db, entry(channel, number, due_at))
        until = NOW + timedelta(minutes=1)

        waiting_mails.wait_for_server(db, channel["_id"], "it does not answer", NOW, until)
        assert notifications.due(db, channel["_id"], NOW, 9) == []
        waiting_mails.server_is_back(db, NOW)

        [due] = notifications.due(db, channel["_id"], NOW, 9)
        assert (due["_id"], due["reason"]) == (f"e1:{channel['_id']}", "it does not answer")
        waiting_mails.end_older(db, channel["_id"], NOW + timedelta(hours=1), "too old", until)
        assert notifications.find(db, due["_id"])["state"] == "failed"

    def test_in_an_outage_one_channel_of_all_is_due_each_minute(self, db, channel):
        other = channels.add(db, BOB, fields(), NOW)
        for number, one in ((1, other), (2, channel), (3, channel)):
            planned_for = NOW - timedelta(minutes=number)
            notifications.add(db, entry(one, number, planned_for=planned_for))
        mail_outage.note(db, "it does not answer", NOW)
        later, next_try_at = NOW + timedelta(hours=1), NOW + mail_outage.TRY_EVERY
        for one in (channel, other):
            waiting_mails.wait_for_server(db, one["_id"], "it does not answer", NOW, later)

        waiting_mails.let_one_try(db, NOW + timedelta(seconds=59))
        assert notifications.due_channels(db, next_try_at) == []
        waiting_mails.let_one_try(db, next_try_at)

        assert notifications.due_channels(db, next_try_at) == [channel["_id"]]
        assert len(notifications.due(db, channel["_id"], next_try_at, 9)) == 2

    def test_what_began_to_wait_when_the_outage_had_just_ended_is_due_at_once(self, db, channel):
        notifications.add(db, entry(channel, 1))
        account_mails.add(db, BOB, "s", "t", NOW)
        later = NOW + timedelta(hours=1)
        waiting_mails.wait_for_server(db, channel["_id"], "it does not answer", NOW, later)
        account_mails.wait(db, account_mails.take(db, BOB, NOW, NOW), later, for_server=True)

        waiting_mails.let_one_try(db, NOW)

        assert notifications.due_channels(db, NOW) == [channel["_id"]]
        assert account_mails.due_owners(db, NOW) == [BOB]

    def test_what_is_to_leave_later_for_another_reason_tries_no_server(self, db, channel):
        collected, postponed, failed = (entry(channel, number) for number in (1, 2, 3))
        for one in (collected, postponed, failed):
            notifications.add(db, one | {"waits_for_server": True})
        mail_outage.note(db, "it does not answer", NOW)
        later = NOW + timedelta(hours=8)
        waiting_mails.collect(db, [collected["_id"]], "limit", "used up", later)
        notifications.postpone(db, [postponed["_id"]], "quiet hours", later)
        notifications.try_again(db, [failed["_id"]], "451 later", NOW, later)

        waiting_mails.let_one_try(db, NOW + mail_outage.TRY_EVERY)

        assert notifications.due_channels(db, NOW + mail_outage.TRY_EVERY) == []

    def test_a_mail_to_an_account_is_taken_by_one_sender_and_waits_for_the_next_attempt(self, db):
        account_mails.add(db, ALICE, "s", "t", NOW)
        until, later = NOW + timedelta(minutes=1), NOW + timedelta(hours=1)
        assert account_mails.due_owners(db, NOW) == [ALICE]

        mail = account_mails.take(db, ALICE, NOW, until)
        assert (mail["subject"], account_mails.take(db, ALICE, NOW, until)) == ("s", None)
        assert account_mails.take(db, ALICE, until, later)["_id"] == mail["_id"], "it was killed"
        account_mails.wait(db, mail, later)
        account_mails.let_one_try(db, until)
        account_mails.server_is_back(db, until)
        assert account_mails.due_owners(db, until) == [], "it does not wait for the server"
        account_mails.remove(db, mail)
        assert account_mails.due_owners(db, later) == []

    def test_of_mails_to_accounts_one_tries_the_server_and_the_others_wait_for_it(self, db):
        for number, owner in enumerate((ALICE, BOB)):
            account_mails.add(db, owner, "s", "t", NOW + timedelta(milliseconds=number))
            mail = account_mails.take(db, owner, NOW + timedelta(seconds=1), NOW)
            account_mails.wait(db, mail, NOW + timedelta(hours=1), for_server=True)
        mail_outage.note(db, "it does not answer", NOW)
        later = NOW + mail_outage.TRY_EVERY

        waiting_mails.let_one_try(db, later)
        assert account_mails.due_owners(db, later) == [ALICE]
        trying = later + timedelta(minutes=1)
        assert account_mails.take(db, ALICE, later, trying)
        account_mails.server_is_back(db, later)

        assert account_mails.due_owners(db, later) == [BOB], "the other is being sent"
        assert not account_mails.has_waiting(db)

    def test_a_setting_that_is_removed_is_gone(self, db):
        topic = {"server": "https://ntfy.example", "topic": "t", "token": "tk_1"}
        ntfy = channels.add(db, ALICE, fields("ntfy", topic), NOW)
        without = {name: text for name, text in topic.items() if name != "token"}

        after = channels.change(db, ntfy, channels.fields_of(ntfy)._replace(settings=without), NOW)

        assert after["settings"] == without

    def test_one_job_at_a_time_has_a_channel(self, db, channel):
        until, later = NOW + timedelta(seconds=60), NOW + timedelta(seconds=120)

        assert channels.occupy(db, channel["_id"], "one", NOW, until)
        assert channels.occupy(db, channel["_id"], "two", NOW, until) is None
        assert channels.occupy(db, channel["_id"], "one", NOW, until), "it may prolong it"
        assert channels.free(db, [channel["_id"]], NOW) == []
        assert channels.occupy(db, channel["_id"], "two", until, later), "one was killed"
        channels.release(db, channel["_id"], "one")
        assert channels.free(db, [channel["_id"]], until) == []
        channels.release(db, channel["_id"], "two")
        assert channels.occupy(db, channel["_id"], "three", NOW, until)

    def test_the_outbox_has_each_notification_once(self, db, channel):
        made = [entry(channel, 1), entry(channel, 2)]

        def insert(session):
            ids = [one["_id"] for one in made]
            there = notifications.existing(db, ids, session)
            new = [one for one in made if one["_id"] not in there]
            notifications.insert_in_session(db, session, new)
            return there

        assert in_transaction(db, insert) == set()
        assert in_transaction(db, insert) == {one["_id"] for one in made}

    def test_what_is_due_is_found_until_it_has_ended(self, db, channel):
        notifications.add(db, entry(channel, 1))
        notifications.add(db, entry(channel, 2, NOW + timedelta(hours=1)))

        assert notifications.due_channels(db, NOW) == [channel["_id"]]
        assert notifications.backlog(db, NOW) == {"count": 1, "oldest_due_at": NOW}
        assert notifications.newest_of(db, [channel["_id"]]) == {}, "none was tried yet"
        first = f"e1:{channel['_id']}"
        notifications.begin(db, [first], "m1")
        notifications.finish(db, [first], "sent", "it arrived", NOW, "ok")
        notifications.finish(db, [first], "failed", "too late", NOW, "refused")

        assert notifications.due_channels(db, NOW) == []
        assert notifications.backlog(db, NOW) == {"count": 0, "oldest_due_at": None}
        assert notifications.due(db, channel["_id"], NOW, 10) == []
        (waiting,) = notifications.due(db, channel["_id"], NOW + timedelta(hours=1), 10)
        assert waiting["_id"] == f"e2:{channel['_id']}"
        newest = notifications.newest_of(db, [channel["_id"]])
        assert newest[channel["_id"]]["_id"] == first, "the other one is planned for later"
        (_, sent) = sorted(
            notifications.of_channel(db, channel["_id"], 10), key=lambda one: one["state"] == "sent"
        )
        assert (sent["state"], sent["message"], sent["attempts"]) == ("sent", "m1", 1)
        assert [line["sentence"] for line in sent["log"]] == ["it arrived"]

    def test_a_failed_attempt_holds_back_what_follows_about_the_same_alarm(self, db, channel):
        alarm, later = ObjectId(), NOW + timedelta(minutes=5)
        for number, about in ((1, alarm), (2, alarm), (3, ObjectId())):
            notifications.add(db, entry(channel, number, alarm=about))

        first = f"e1:{channel['_id']}"
        notifications.try_again(db, [first], "no answer", NOW, later)
        notifications.hold_back(db, channel["_id"], [alarm], later)

        due = {one["_id"][:2]: one["due_at"] for one in
               notifications.due(db, channel["_id"], later, 10)}  # fmt: skip
        assert due == {"e1": later, "e2": later, "e3": NOW}
        notifications.hasten(db, channel["_id"], NOW)
        assert len(notifications.due(db, channel["_id"], NOW, 10)) == 3

    def test_what_leaves_as_one_message_is_planned_once(self, db, channel):
        later = NOW + timedelta(minutes=1)
        for number, at in ((1, NOW), (2, later), (3, later)):
            one = entry(channel, number, at, planned_for=at, batch="digest" if at == later else "b")
            notifications.add(db, one)
        dropped = entry(channel, 4, later, planned_for=later, state="dropped")
        notifications.add(db, dropped)

        (found,) = notifications.planned_since(db, [channel["_id"]], NOW)

        assert found == {
            "channel": channel["_id"], "batch": "digest", "purpose": "event",
            "group": found["group"], "planned_for": later,
        }  # fmt: skip

    def test_what_was_begun_as_one_message_is_found_together(self, db, channel):
        ids = [f"e{number}:{channel['_id']}" for number in (1, 2)]
        for number, due_at in ((1, NOW), (2, NOW + timedelta(hours=1)), (3, NOW)):
            notifications.add(db, entry(channel, number, due_at))
        notifications.begin(db, ids, "m1")

        found = notifications.due(db, channel["_id"], NOW, 1)

        assert [one["_id"] for one in found] == ids

    def test_a_persons_settings_are_those_by_default_until_they_are_set(self, db):
        assert notification_settings.of_person(db, ALICE)["quiet_hours"] is None
        night = {"zone": "Europe/Berlin", "from": "22:00", "to": "07:00"}

        notification_settings.put(db, ALICE, night, NOW)

        assert notification_settings.of_person(db, ALICE) == {
            "_id": ALICE, "quiet_hours": night, "muted_until": NOW,
        }  # fmt: skip
        assert notification_settings.of_person(db, BOB)["quiet_hours"] is None

    def test_a_setting_of_a_person_that_is_not_given_stays(self, db):
        night = {"zone": "Europe/Berlin", "from": "22:00", "to": "07:00"}
        notification_settings.put(db, ALICE, quiet_hours=night)
        notification_settings.put(db, ALICE, muted_until=NOW)

        assert notification_settings.of_person(db, ALICE) == {
            "_id": ALICE, "quiet_hours": night, "muted_until": NOW,
        }  # fmt: skip
