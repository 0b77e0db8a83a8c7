"""What store/ promises to the sender of commands, on the fake and on mongod."""

import pytest

from qlines.clock import epoch_us
from qlines.store import commands, devices
from qlines.store.command_delivery import (
    NEVER_ACKNOWLEDGED,
    Answer,
    Sent,
    answer,
    devices_with_queued,
    expire,
    fail,
    mark_delivered,
    mark_sent,
    ready,
    requeue,
    sent_by,
    sent_elsewhere,
    take,
    with_ids,
)
from tests.contracts.mongo_commands import BY, METER, NOW, OWNER, SECOND, new, now_of, numbers


def sent_command(db, *, broker="a", **fields):
    """Return a command that was sent once, one second after it was made."""
    command = commands.add(db, METER, new(**fields), NOW, in_order=False)
    assert mark_sent(db, [(command["_id"], 0, ["client"])], broker, NOW + SECOND) == {
        command["_id"]
    }
    return commands.get(db, METER, command["number"])


class ReadyCommandsContract:
    @pytest.fixture
    def device(self, db):
        return str(devices.add(db, OWNER, "meter")["_id"])

    def add(self, db, device, *, in_order=False, **fields):
        return commands.add(db, device, new(**fields), NOW, in_order=in_order)

    def test_the_devices_with_a_queued_command_are_found(self, db):
        pump, valve = "2" * 24, "3" * 24
        self.add(db, METER), self.add(db, METER), self.add(db, pump), self.add(db, valve)
        mark_sent(db, [(f"{pump}-1", 0, [])], "a", NOW)
        commands.cancel(db, valve, 1, BY, NOW)

        assert devices_with_queued(db) == {METER}

    def test_queued_commands_are_ready_by_device_and_number(self, db, device):
        pump = str(devices.add(db, OWNER, "pump")["_id"])
        for one in (pump, device, device, pump, device):
            self.add(db, one)
        mark_sent(db, [(f"{device}-2", 0, [])], "a", NOW)

        found = ready(db, [pump, device], NOW)

        expected = [(device, 1), (device, 3), (pump, 1), (pump, 2)]
        assert numbers(found) == sorted(expected)
        assert found[0] == commands.get(db, *numbers(found)[0])
        assert numbers(ready(db, [device], NOW)) == [(device, 1), (device, 3)]
        assert ready(db, [], NOW) == []

    def test_only_so_many_of_a_device_are_ready_at_once(self, db, device):
        for _ in range(4):
            self.add(db, device)

        assert numbers(ready(db, [device], NOW, 3)) == [(device, 1), (device, 2), (device, 3)]

    def test_a_command_is_not_ready_before_its_time_or_after_it_has_expired(self, db, device):
        made = self.add(db, device, expires_in=10)
        mark_sent(db, [(made["_id"], 0, [])], "a", NOW)
        requeue(db, [(made["_id"], 1, NOW + 5 * SECOND, True)], NOW)

        assert ready(db, [device], NOW + 4 * SECOND) == []
        assert numbers(ready(db, [device], NOW + 5 * SECOND)) == [(device, 1)]
        assert ready(db, [device], NOW + 10 * SECOND) == []

    def test_in_order_the_next_waits_until_the_first_one_has_ended(self, db, device):
        first, _second = (self.add(db, device, in_order=True) for _ in range(2))

        assert numbers(ready(db, [device], NOW)) == [(device, 1)]
        mark_sent(db, [(first["_id"], 0, [])], "a", NOW)
        assert ready(db, [device], NOW) == []
        mark_delivered(db, [(first["_id"], 1)], NOW)
        assert ready(db, [device], NOW) == []
        answer(db, [Answer(device, 1, "1", epoch_us(NOW))])
        assert numbers(ready(db, [device], NOW)) == [(device, 2)]

    def test_in_order_the_next_waits_while_the_first_one_waits_for_its_time(self, db, device):
        first, _second = (self.add(db, device, in_order=True) for _ in range(2))
        mark_sent(db, [(first["_id"], 0, [])], "a", NOW)
        requeue(db, [(first["_id"], 1, NOW + 5 * SECOND, True)], NOW)

        assert ready(db, [device], NOW + SECOND) == []

    def test_a_command_made_in_order_waits_for_those_made_before_without(self, db, device):
        self.add(db, device)
        self.add(db, device, in_order=True)
        self.add(db, device)

        assert numbers(ready(db, [device], NOW)) == [(device, 1), (device, 3)]


class TakenCommandsContract:
    @pytest.fixture
    def device(self, db):
        return str(devices.add(db, OWNER, "meter")["_id"])

    def add(self, db, device, *, in_order=False, **fields):
        return commands.add(db, device, new(**fields), NOW, in_order=in_order)

    def test_a_device_that_asks_takes_its_oldest_command_which_is_delivered_then(self, db, device):
        for _ in range(2):
            self.add(db, device)

        taken = take(db, device, "http", NOW + SECOND)

        assert taken == commands.get(db, device, 1)
        assert (taken["state"], taken["broker"], taken["attempts"]) == ("delivered", "http", 1)
        assert taken["sent_at"] == taken["delivered_at"] == NOW + SECOND
        assert taken["open"]
        assert take(db, device, "http", NOW)["number"] == 2
        assert take(db, device, "http", NOW) is None

    def test_one_that_wants_no_answer_has_ended_then(self, db, device):
        self.add(db, device, two_way=False)

        taken = take(db, device, "http", NOW + SECOND)

        assert taken["ended_at"] == taken["delivered_at"]
        assert "open" not in taken

    def test_commands_of_others_ended_ones_and_expired_ones_are_not_taken(self, db, device):
        self.add(db, METER)
        self.add(db, device)
        self.add(db, device, expires_in=1)
        commands.cancel(db, device, 1, BY, NOW)

        assert take(db, device, "http", NOW + SECOND) is None

    def test_one_that_a_broker_has_sent_is_not_taken_and_one_that_came_back_is_at_once(
        self, db, device
    ):
        made = self.add(db, device)
        mark_sent(db, [(made["_id"], 0, ["client"])], "a", NOW)
        assert take(db, device, "http", NOW) is None

        requeue(db, [(made["_id"], 1, NOW + 60 * SECOND, True)], NOW)

        assert take(db, device, "http", NOW)["attempts"] == 2
        assert mark_sent(db, [(made["_id"], 1, ["client"])], "a", NOW) == set()

    def test_in_order_the_next_is_not_taken_until_the_first_one_has_ended(self, db, device):
        for _ in range(2):
            self.add(db, device, in_order=True)

        assert take(db, device, "http", NOW)["number"] == 1
        assert take(db, device, "http", NOW) is None
        answer(db, [Answer(device, 1, "1", epoch_us(NOW))])
        assert take(db, device, "http", NOW)["number"] == 2


class CommandDeliveryContract:
    def test_a_sent_command_says_where_and_how_often_it_was_sent(self, db):
        command = sent_command(db, broker="b")

        assert (command["state"], command["open"], command["attempts"]) == ("sent", True, 1)
        assert (command["broker"], command["clients"]) == ("b", ["client"])
        assert command["sent_at"] == NOW + SECOND

    def test_only_those_that_still_were_queued_are_marked(self, db):
        made = [commands.add(db, METER, new(), NOW, in_order=False)["_id"] for _ in range(4)]
        commands.cancel(db, METER, 2, BY, NOW)

        assert mark_sent(db, [(made[0], 0, []), (made[1], 0, [])], "a", NOW) == {made[0]}
        assert mark_sent(db, [(one, 0, []) for one in made], "a", NOW) == set(made[2:])
        assert mark_sent(db, [], "a", NOW) == set()

    def test_one_that_was_sent_and_queued_again_since_it_was_read_is_not_marked(self, db):
        command = sent_command(db)
        requeue(db, [(command["_id"], 1, NOW, True)], NOW)

        assert mark_sent(db, [(command["_id"], 0, [])], "a", NOW) == set()
        assert mark_sent(db, [(command["_id"], 1, [])], "a", NOW) == {command["_id"]}

    def test_a_delivered_command_waits_for_its_answer(self, db):
        command = sent_command(db)

        mark_delivered(db, [(command["_id"], 1)], NOW + 2 * SECOND)

        delivered = now_of(db, command)
        assert (delivered["state"], delivered["open"]) == ("delivered", True)
        assert delivered["delivered_at"] == NOW + 2 * SECOND
        assert "ended_at" not in delivered

    def test_a_command_that_wants_no_answer_has_ended_when_it_is_delivered(self, db):
        command = sent_command(db, two_way=False)

        mark_delivered(db, [(command["_id"], 1)], NOW + 2 * SECOND)

        delivered = now_of(db, command)
        assert delivered["state"] == "delivered"
        assert delivered["delivered_at"] == delivered["ended_at"] == NOW + 2 * SECOND
        assert "open" not in delivered

    def test_an_acknowledgement_of_an_earlier_attempt_changes_nothing(self, db):
        command = sent_command(db)
        requeue(db, [(command["_id"], 1, NOW, True)], NOW)
        mark_delivered(db, [(command["_id"], 1)], NOW)
        assert now_of(db, command)["state"] == "queued"
        mark_sent(db, [(command["_id"], 1, [])], "a", NOW)

        mark_delivered(db, [(command["_id"], 1)], NOW)
        assert now_of(db, command)["state"] == "sent"
        mark_delivered(db, [(command["_id"], 2)], NOW)
        assert now_of(db, command)["state"] == "delivered"

    def test_a_command_fails_when_more_attempts_than_its_retries_were_in_vain(self, db):
        command = sent_command(db, retries=1)
        requeue(db, [(command["_id"], 1, NOW, True)], NOW)
        requeue(db, [(command["_id"], 1, NOW, True)], NOW)
        assert now_of(db, command)["state"] == "queued"
        mark_sent(db, [(command["_id"], 1, [])], "a", NOW)

        requeue(db, [(command["_id"], 2, NOW, True)], NOW + SECOND)

        failed = now_of(db, command)
        assert (failed["state"], failed["ended_at"]) == ("failed", NOW + SECOND)
        assert failed["error"] == NEVER_ACKNOWLEDGED
        assert (failed["attempts"], failed["retries"]) == (2, 1)
        assert "open" not in failed

    def test_an_attempt_that_does_not_count_uses_up_no_retry(self, db):
        command = sent_command(db, retries=0)

        requeue(db, [(command["_id"], 1, NOW, False)], NOW)

        assert now_of(db, command)["state"] == "queued"
        mark_sent(db, [(command["_id"], 1, [])], "a", NOW)
        requeue(db, [(command["_id"], 2, NOW, True)], NOW)
        assert now_of(db, command)["state"] == "failed"

    def test_the_sender_lets_an_attempt_fail_and_nothing_that_came_after_it(self, db):
        command, answered, again = (sent_command(db) for _ in range(3))
        answer(db, [Answer(METER, answered["number"], "1", epoch_us(NOW))])
        requeue(db, [(again["_id"], 1, NOW, True)], NOW)
        mark_sent(db, [(again["_id"], 1, [])], "a", NOW)

        all_three = [(one["_id"], 1, "too large") for one in (command, answered, again)]
        fail(db, all_three, NOW + SECOND)

        failed = now_of(db, command)
        assert (failed["state"], failed["error"]) == ("failed", "too large")
        assert failed["ended_at"] == NOW + SECOND
        assert "open" not in failed
        assert now_of(db, answered)["state"] == "answered"
        assert now_of(db, again)["state"] == "sent"

    def test_what_a_broker_has_sent_is_found_until_it_is_acknowledged(self, db):
        first, second = sent_command(db, broker="a"), sent_command(db, broker="a")
        sent_command(db, broker="b")
        mark_delivered(db, [(second["_id"], 1)], NOW)

        assert sent_by(db, "a") == [Sent(first["_id"], 1, ["client"])]
        assert sent_by(db, "c") == []

    def test_what_other_brokers_have_sent_to_a_device_is_found(self, db):
        sent_command(db, broker="a")
        elsewhere = sent_command(db, broker="b")
        later = NOW + 2 * SECOND

        assert sent_elsewhere(db, "a", later) == [Sent(elsewhere["_id"], 1, ["client"])]
        assert sent_elsewhere(db, "a", NOW + SECOND) == []

    def test_commands_are_read_by_their_ids(self, db):
        command = sent_command(db)

        assert with_ids(db, [command["_id"], f"{METER}-999"]) == [command]
        assert with_ids(db, []) == []

    def test_an_answer_that_was_given_in_time_counts_when_it_is_stored_late(self, db):
        in_time, too_late = (sent_command(db, expires_in=10) for _ in range(2))
        expire(db, NOW + 20 * SECOND)

        answer(db, [Answer(METER, in_time["number"], "1", epoch_us(NOW + 9 * SECOND))])
        answer(db, [Answer(METER, too_late["number"], "1", epoch_us(NOW + 11 * SECOND))])

        assert now_of(db, in_time)["state"] == "answered"
        assert "error" not in now_of(db, in_time)
        assert now_of(db, too_late)["state"] == "expired"

    def test_open_commands_expire_with_the_reason(self, db):
        queued = commands.add(db, METER, new(), NOW, in_order=False)
        sent, delivered = sent_command(db), sent_command(db)
        longer = commands.add(db, METER, new(expires_in=61), NOW, in_order=False)
        mark_delivered(db, [(delivered["_id"], 1)], NOW)

        assert expire(db, NOW + 59 * SECOND) == 0
        assert expire(db, NOW + 60 * SECOND) == 3

        found = [now_of(db, one) for one in (queued, sent, delivered)]
        assert [one["error"] for one in found] == [
            "the device did not connect and listen until then",
            "the device did not acknowledge it until then",
            "the device did not answer until then",
        ]
        for one in found:
            assert (one["state"], one["ended_at"]) == ("expired", NOW + 60 * SECOND)
            assert "open" not in one
        assert now_of(db, longer)["state"] == "queued"

    def test_an_answer_ends_a_command_also_before_its_acknowledgement(self, db):
        command = sent_command(db)

        answer(db, [Answer(METER, 1, '{"ok":1}', epoch_us(NOW + 2 * SECOND))])
        mark_delivered(db, [(command["_id"], 1)], NOW + 3 * SECOND)
        requeue(db, [(command["_id"], 1, NOW, True)], NOW)

        answered = now_of(db, command)
        assert (answered["state"], answered["answer"]) == ("answered", '{"ok":1}')
        assert answered["answered_at"] == answered["ended_at"] == NOW + 2 * SECOND
        assert "open" not in answered

    def test_an_answer_to_a_command_that_is_queued_again_ends_it(self, db):
        command = sent_command(db)
        requeue(db, [(command["_id"], 1, NOW, True)], NOW)

        answer(db, [Answer(METER, 1, "late", epoch_us(NOW))])

        assert now_of(db, command)["state"] == "answered"
        assert mark_sent(db, [(command["_id"], 1, [])], "a", NOW) == set()

    def test_late_second_and_unknown_answers_change_nothing(self, db):
        answered, cancelled = sent_command(db), sent_command(db)
        commands.cancel(db, METER, cancelled["number"], BY, NOW)
        answer(db, [Answer(METER, answered["number"], "first", epoch_us(NOW))])

        answer(
            db,
            [
                Answer(METER, answered["number"], "second", epoch_us(NOW)),
                Answer(METER, cancelled["number"], "late", epoch_us(NOW)),
                Answer(METER, 99, "unknown", epoch_us(NOW)),
                Answer("2" * 24, answered["number"], "another's", epoch_us(NOW)),
            ],
        )

        assert now_of(db, answered)["answer"] == "first"
        assert now_of(db, cancelled)["state"] == "failed"
        assert db.commands.count_documents({}) == 2

    def test_nothing_to_do_is_no_error(self, db):
        answer(db, [])
        fail(db, [], NOW)
        requeue(db, [], NOW)
        mark_delivered(db, [], NOW)

        assert expire(db, NOW) == 0
        assert sent_elsewhere(db, "a", NOW) == []
