"""What store/ promises about commands as people make them, on the fake and on mongod."""

from datetime import timedelta

import pytest

from qlines.clock import utc_datetime
from qlines.errors import ConflictError, FieldError, NotFoundError
from qlines.store import command_document, commands, devices
from qlines.store.command_delivery import mark_sent
from qlines.store.command_document import NewCommand

OWNER = "a" * 24
METER = "1" * 24
NOW = utc_datetime(1_800_000_000_000_000)
SECOND = timedelta(seconds=1)
BY = "alice@example.com"


def new(method="open", params=None, *, two_way=True, expires_in=60, retries=5, key=None):
    return NewCommand(method, params, two_way, expires_in * SECOND, retries, BY, key)


def numbers(found):
    return [(str(command["device"]), command["number"]) for command in found]


def now_of(db, command):
    return commands.get(db, METER, command["number"])


class CommandsContract:
    def test_a_new_command_waits_in_the_queue(self, db):
        made = commands.add(db, METER, new("open", {"$a.b": 1}), NOW, in_order=True)

        stored = commands.get(db, METER, made["number"])
        assert (stored["_id"], stored["number"]) == (f"{METER}-1", 1)
        assert (stored["method"], stored["params"]) == ("open", '{"$a.b":1}')
        assert (stored["state"], stored["open"], stored["in_order"]) == ("queued", True, True)
        assert (stored["created_at"], stored["expires_at"]) == (NOW, NOW + 60 * SECOND)
        assert (stored["attempts"], stored["retries"], stored["by"]) == (0, 5, BY)
        assert "key" not in stored
        assert commands.get(db, METER, 2) is None

    def test_a_command_without_params_has_null(self, db):
        assert commands.add(db, METER, new(), NOW, in_order=False)["params"] == "null"

    def test_each_device_counts_its_own_commands(self, db):
        pump = "2" * 24

        made = [commands.add(db, one, new(), NOW, in_order=False) for one in (METER, METER, pump)]

        assert numbers(made) == [(METER, 1), (METER, 2), (pump, 1)]

    def test_a_number_that_a_stored_command_has_is_passed_over(self, db, monkeypatch):
        monkeypatch.setattr(command_document, "MAX_NUMBER", 3)
        for _ in range(3):
            commands.add(db, METER, new(), NOW, in_order=False)
        db.commands.delete_one({"_id": f"{METER}-2"})

        assert commands.add(db, METER, new(), NOW, in_order=False)["number"] == 2

    def test_after_a_restore_a_new_command_has_a_number_that_no_device_has_seen(self, db):
        before = commands.add(db, METER, new(), NOW, in_order=False)["number"]

        commands.pass_over_numbers(db)

        after = commands.add(db, METER, new(), NOW, in_order=False)["number"]
        assert after == before + commands.PASSED_OVER + 1

    def test_the_same_key_gives_the_same_command(self, db):
        first = commands.add(db, METER, new("open", key="k"), NOW, in_order=False)
        pumps = commands.add(db, "2" * 24, new("open", key="k"), NOW, in_order=False)
        commands.cancel(db, METER, first["number"], BY, NOW)

        again = commands.add(db, METER, new("close", key="k"), NOW + SECOND, in_order=False)

        assert (again["_id"], again["method"], again["state"]) == (first["_id"], "open", "failed")
        assert pumps["_id"] != first["_id"]

    def test_of_two_who_use_a_key_at_once_both_get_the_one_command(self, db, monkeypatch):
        first = commands.add(db, METER, new(key="k"), NOW, in_order=False)
        answers = iter([None, now_of(db, first)])
        monkeypatch.setattr(commands, "with_key", lambda *_: next(answers))

        again = commands.add(db, METER, new(key="k"), NOW, in_order=False)

        assert again["_id"] == first["_id"]
        assert db.commands.count_documents({}) == 1

    def test_a_device_has_at_most_so_many_open_commands(self, db, monkeypatch):
        monkeypatch.setattr(commands, "MAX_OPEN", 2)
        for _ in range(2):
            commands.add(db, METER, new(), NOW, in_order=False)

        with pytest.raises(ConflictError, match="2 commands of this device are open"):
            commands.add(db, METER, new(), NOW, in_order=False)

        commands.add(db, "2" * 24, new(), NOW, in_order=False)
        commands.cancel(db, METER, 1, BY, NOW)
        assert commands.add(db, METER, new(), NOW, in_order=False)["number"] == 3

    @pytest.mark.parametrize("method", ["", "a" * 256, "a\nb", "\ud800"])
    def test_a_method_that_breaks_the_rule_is_refused(self, db, method):
        with pytest.raises(FieldError, match="method must have 1 to 255 characters"):
            commands.add(db, METER, new(method), NOW, in_order=False)

        assert db.commands.count_documents({}) == 0
        assert db.command_numbers.count_documents({}) == 0

    def test_method_and_params_have_so_many_bytes_as_json(self, db):
        around = len('{"method":"open","params":""}')
        fits = "x" * (60_000 - around)

        commands.add(db, METER, new("open", fits), NOW, in_order=False)
        with pytest.raises(FieldError, match=r"must have at most 60,000 bytes .* got 60,001"):
            commands.add(db, METER, new("open", fits + "x"), NOW, in_order=False)

    def test_a_page_has_the_newest_first(self, db):
        for _ in range(5):
            commands.add(db, METER, new(), NOW, in_order=False)
        commands.add(db, "2" * 24, new(), NOW, in_order=False)

        items, total = commands.page(db, METER, state=None, page=2, per_page=2)

        assert ([item["number"] for item in items], total) == ([3, 2], 5)

    def test_the_first_open_one_is_known_however_many_came_after_it(self, db):
        assert commands.first_open(db, METER) is None
        for _ in range(4):
            commands.add(db, METER, new(), NOW, in_order=False)
        commands.add(db, "2" * 24, new(), NOW, in_order=False)
        commands.cancel(db, METER, 1, BY, NOW)

        assert commands.first_open(db, METER) == 2

    def test_a_page_may_have_the_open_ones_or_those_of_a_state(self, db):
        for _ in range(3):
            commands.add(db, METER, new(), NOW, in_order=False)
        mark_sent(db, [(f"{METER}-2", 0, [])], "a", NOW)
        commands.cancel(db, METER, 3, BY, NOW)

        def listed(state):
            items, total = commands.page(db, METER, state=state, page=1, per_page=10)
            assert total == len(items)
            return [item["number"] for item in items]

        assert (listed("open"), listed("queued"), listed("sent")) == ([2, 1], [1], [2])
        assert (listed("failed"), listed("expired")) == ([3], [])

    def test_an_open_command_can_be_cancelled(self, db):
        made = commands.add(db, METER, new(), NOW, in_order=False)

        cancelled = commands.cancel(db, METER, made["number"], BY, NOW + SECOND)

        assert cancelled == now_of(db, made)
        assert (cancelled["state"], cancelled["error"]) == ("failed", f"cancelled by {BY}")
        assert cancelled["ended_at"] == NOW + SECOND
        assert "open" not in cancelled

    def test_what_has_ended_or_never_was_cannot_be_cancelled(self, db):
        commands.add(db, METER, new(), NOW, in_order=False)
        commands.cancel(db, METER, 1, BY, NOW)

        with pytest.raises(ConflictError, match="the command 1 has ended, it is failed"):
            commands.cancel(db, METER, 1, BY, NOW)
        with pytest.raises(NotFoundError, match="no command 2"):
            commands.cancel(db, METER, 2, BY, NOW)

    def test_one_that_has_ended_can_be_removed_and_an_open_one_stays(self, db):
        for _ in range(2):
            commands.add(db, METER, new(), NOW, in_order=False)
        commands.cancel(db, METER, 1, BY, NOW)

        for number in (1, 2, 3):
            commands.remove(db, METER, number)

        assert commands.get(db, METER, 1) is None
        assert commands.get(db, METER, 2)["open"]

    def test_commands_are_removed_with_their_device(self, db):
        meter, pump = (devices.add(db, OWNER, name) for name in ("meter", "pump"))
        for device in (meter, pump):
            commands.add(db, str(device["_id"]), new(), NOW, in_order=False)

        devices.remove_all(db, OWNER, [meter["_id"]], NOW)

        assert [one["device"] for one in db.commands.find({})] == [pump["_id"]]
        assert [one["_id"] for one in db.command_numbers.find({})] == [pump["_id"]]
