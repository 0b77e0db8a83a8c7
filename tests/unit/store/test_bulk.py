import logging

import pytest
from pymongo import UpdateOne
from pymongo.errors import AutoReconnect, BulkWriteError

from qlines.errors import StoreUnavailableError
from qlines.store import bulk

UPDATES = [UpdateOne({"_id": 1}, {"$set": {"a": 1}})]


class Collection:
    name = "presence"

    def __init__(self, error=None):
        self.error, self.written = error, []

    def bulk_write(self, updates, *, ordered):
        assert ordered is False
        if self.error:
            raise self.error
        self.written += updates


def refused(code):
    return BulkWriteError({"writeErrors": [{"code": code, "errmsg": "no"}]})


def test_it_sends_nothing_when_there_is_nothing():
    collection = Collection(AssertionError("bulk_write was called"))

    bulk.update(collection, [])

    assert collection.written == []


def test_it_writes():
    collection = Collection()

    bulk.update(collection, UPDATES)

    assert collection.written == UPDATES


def test_it_says_what_mongodb_refuses_and_goes_on(caplog):
    with caplog.at_level(logging.ERROR):
        bulk.update(Collection(refused(121)), UPDATES)

    assert "mongodb refused 1 of 1 records of presence: no" in caplog.text


def test_it_is_silent_about_what_is_harmless(caplog):
    bulk.update(Collection(refused(11000)), UPDATES, harmless=frozenset({11000}))

    assert caplog.text == ""


@pytest.mark.parametrize(
    "error", [AutoReconnect("gone"), refused(11600), BulkWriteError({"writeConcernErrors": [{}]})]
)
def test_it_says_that_mongodb_is_away(error):
    with pytest.raises(StoreUnavailableError):
        bulk.update(Collection(error), UPDATES)
