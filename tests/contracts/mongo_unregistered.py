"""What store/ promises about devices that are not registered, on the fake and on mongod."""

from datetime import timedelta

from qlines.clock import utc_datetime
from qlines.store import unregistered
from qlines.store.unregistered import UnregisteredDevice

NOW_US = 1_800_000_000_000_000
SECOND_US = 1_000_000


class UnregisteredContract:
    def sighting(self, name="x", source="mqtt", at_us=NOW_US, times=1, sample="s"):
        return UnregisteredDevice(source, name, at_us, at_us, times, sample)

    def test_sightings_add_up(self, db):
        unregistered.note(db, [self.sighting(at_us=NOW_US + SECOND_US, times=2, sample="old")])
        unregistered.note(db, [self.sighting(at_us=NOW_US, times=3, sample="new")])

        [device] = unregistered.list_all(db)

        assert (device["name"], device["source"]) == ("x", "mqtt")
        assert (device["count"], device["sample"]) == (5, "new")
        assert device["first_seen"] == utc_datetime(NOW_US)
        assert device["last_seen"] == utc_datetime(NOW_US + SECOND_US)

    def test_the_one_seen_last_comes_first(self, db):
        sources = ("mqtt", "http", "gateway g")
        for number, source in enumerate(sources):
            unregistered.note(db, [self.sighting(source=source, at_us=NOW_US + number * SECOND_US)])

        listed = [device["source"] for device in unregistered.list_all(db)]
        assert listed == ["gateway g", "http", "mqtt"]
        assert unregistered.find(db, "x")["source"] == "gateway g"
        assert unregistered.find(db, "y") is None

    def test_removing_a_name_removes_it_at_every_source(self, db):
        unregistered.note(db, [self.sighting(), self.sighting(source="http"), self.sighting("y")])

        assert unregistered.remove(db, "x")
        assert not unregistered.remove(db, "x")
        assert [device["name"] for device in unregistered.list_all(db)] == ["y"]

    def test_the_admin_is_notified_about_a_device_once_an_hour(self, db):
        now, hour = utc_datetime(NOW_US), timedelta(hours=1)
        device = self.sighting()
        unregistered.note(db, [device, self.sighting("y")])

        def due(now):
            return [document["_id"] for document in
                    unregistered.due_for_notification(db, [device.id], now)]  # fmt: skip

        assert due(now) == [device.id]
        assert unregistered.claim(db, [device.id], now) == {device.id}
        assert due(now + hour - timedelta(seconds=1)) == []
        assert due(now + hour) == [device.id]

    def test_of_two_who_notify_the_admin_only_one_does(self, db):
        now, later = utc_datetime(NOW_US), utc_datetime(NOW_US + 5 * SECOND_US)
        devices = [self.sighting(), self.sighting("y")]
        unregistered.note(db, devices)

        assert unregistered.claim(db, [devices[0].id], now) == {devices[0].id}
        assert unregistered.claim(db, [one.id for one in devices], later) == {devices[1].id}

    def test_a_claim_that_is_released_can_be_made_again(self, db):
        now, device = utc_datetime(NOW_US), self.sighting()
        unregistered.note(db, [device])
        unregistered.claim(db, [device.id], now)

        unregistered.release(db, [device.id])

        assert unregistered.claim(db, [device.id], now) == {device.id}

    def test_what_is_forgotten_is_seen_by_nobody_until_it_is_noted_again(self, db):
        now, device = utc_datetime(NOW_US), self.sighting(times=3)
        unregistered.note(db, [device])
        unregistered.claim(db, [device.id], now)

        assert [one["count"] for one in unregistered.forget(db, "x", now)] == [3]

        assert (unregistered.list_all(db), unregistered.count(db)) == ([], 0)
        assert unregistered.find(db, "x") is None
        assert unregistered.forget(db, "x", now) == []
        unregistered.note(db, [device])
        [again] = unregistered.list_all(db)
        assert (again["count"], again["first_seen"], again["notified_at"]) == (3, now, now)

    def test_what_was_forgotten_is_deleted_once_the_hour_is_over(self, db):
        now, hour = utc_datetime(NOW_US), timedelta(hours=1)
        unregistered.note(db, [self.sighting(), self.sighting("y")])
        unregistered.claim(db, [self.sighting().id], now)
        unregistered.forget(db, "x", now)
        unregistered.forget(db, "y", now)
        assert db.unregistered.count_documents({}) == 1

        unregistered.claim(db, [], now + hour)

        assert db.unregistered.count_documents({}) == 0

    def test_the_longest_unseen_are_deleted_beyond_the_limit(self, db, monkeypatch):
        monkeypatch.setattr(unregistered, "MAX_DOCUMENTS", 5)
        monkeypatch.setattr(unregistered, "DELETED_AT_ONCE", 2)

        unregistered.note(
            db, [self.sighting(str(n), at_us=NOW_US + n * SECOND_US) for n in range(6)]
        )

        assert [device["name"] for device in unregistered.list_all(db)] == ["5", "4", "3", "2"]
