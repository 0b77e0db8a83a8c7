from types import SimpleNamespace

import pytest
from pymongo.errors import DuplicateKeyError

from qlines.init.first_admin import ensure_first_admin
from qlines.store.passwords import is_password


class FakeUsers:
    def __init__(self):
        self.kept = []

    def find_one(self, query):
        return next((user for user in self.kept if user["email"] == query["email"]), None)

    def insert_one(self, user):
        self.kept.append(user)


@pytest.fixture
def users():
    return FakeUsers()


@pytest.fixture
def db(users):
    return SimpleNamespace(users=users)


def test_it_adds_the_admin_to_an_empty_appliance(db, users):
    assert ensure_first_admin(db, "Admin@Example.com", "correct horse")

    (admin,) = users.kept
    assert admin["email"] == "admin@example.com"
    assert admin["admin"] is True
    assert is_password(admin["password_hash"], "correct horse")


def test_it_leaves_a_user_alone_who_is_there(db, users):
    ensure_first_admin(db, "admin@example.com", "the first one")

    assert not ensure_first_admin(db, "admin@example.com", "another one")

    assert len(users.kept) == 1
    assert is_password(users.kept[0]["password_hash"], "the first one")


def test_it_is_no_error_when_another_container_was_quicker(db, users):
    def taken(_user):
        raise DuplicateKeyError("taken")

    users.insert_one = taken

    assert not ensure_first_admin(db, "admin@example.com", "correct horse")
