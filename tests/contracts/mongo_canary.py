"""What store/canary_account.py and hidden_owner.py promise, on the fake and on mongod."""

from datetime import UTC, datetime

import pytest

from qlines.canary_account import device_name
from qlines.errors import NotFoundError
from qlines.store import api_keys, canary_account, devices, users
from qlines.store.hidden_owner import HIDDEN_OWNER

NOW = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)


class CanaryContract:
    def ensure(self, db, token="token-1"):
        canary_account.ensure(db, token, "a key", now=NOW)
        return db.devices.find_one({"token": token})

    def test_its_key_finds_its_device(self, db):
        device = self.ensure(db)

        owner = api_keys.find(db, "a key", now=NOW)["user"]

        assert users.find(db, owner)["admin"] is False
        assert devices.find(db, device["_id"], owner=owner)["name"] == device_name("token-1")

    def test_a_second_call_changes_nothing(self, db):
        first = self.ensure(db)

        assert self.ensure(db) == first
        assert len(list(db.users.find({}))) == 1

    def test_each_container_has_a_device_of_its_own(self, db):
        self.ensure(db)
        self.ensure(db, token="token-2")

        assert devices.count(db, HIDDEN_OWNER) == 2

    def test_no_list_shows_the_user_or_the_device(self, db):
        self.ensure(db)
        amy = users.add(db, "amy@example.com", "hash", admin=True)["_id"]
        devices.add(db, amy, "Pump")

        assert [user["email"] for user in users.list_all(db)] == ["amy@example.com"]
        assert [device["name"] for device in devices.list_all(db)] == ["Pump"]
        assert devices.count(db, amy) == 1

    def test_nobody_finds_the_user_by_its_name_or_the_device_by_its_id(self, db):
        device = self.ensure(db)

        with pytest.raises(NotFoundError):
            users.find_by_email(db, "canary")
        with pytest.raises(NotFoundError):
            devices.find(db, device["_id"])
        with pytest.raises(NotFoundError):
            devices.remove(db, device["_id"], NOW)
