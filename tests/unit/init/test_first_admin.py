from types import SimpleNamespace

import pytest
from pymongo.errors import DuplicateKeyError

from qlines.init.first_admin import ensure_first_admin
from qlines.store import passwords


class FakeUsers:
    def __init__(self):
        self.documents = []

    def find_one(self, query):
        return next((user for user in self.documents if user["email"] == query["email"]), None)

    def insert_one(self, user):
        self.documents.append(user)


@pytest.fixture
def users():
    return FakeUsers()


@pytest.fixture
def db(users):
    return SimpleNamespace(users=users)


def test_it_adds_the_admin_to_an_empty_appliance(db, users):
    assert ensure_first_admin(db, "Admin@Example.com", "correct horse")

    (admin,) = users.documents
    assert admin["email"] == "admin@example.com"
    assert admin["admin"] is True
    assert passwords.verify(admin["password_hash"], "correct horse")


def test_an_existing_user_stays_unchanged(db, users):
    ensure_first_admin(db, "admin@example.com", "the first one")

    assert not ensure_first_admin(db, "admin@example.com", "another one")

    assert len(users.documents) == 1
    assert passwords.verify(users.documents[0]["password_hash"], "the first one")


def test_another_container_may_add_the_admin_first(db, users):
    def taken(_user):
        raise DuplicateKeyError("taken")

    users.insert_one = taken

    assert not ensure_first_admin(db, "admin@example.com", "correct horse")
