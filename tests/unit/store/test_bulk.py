import logging
from types import SimpleNamespace

import pytest
from pymongo import UpdateOne
from pymongo.errors import AutoReconnect, BulkWriteError

from qlines.errors import StoreUnavailableError
from qlines.store import bulk

UPDATES = [UpdateOne({"_id": 1}, {"$set": {"a": 1}})]


class Collection:
    name = "presence"

    def __init__(self, error=None):
        self.error, self.written, self.was_called = error, [], False

    def bulk_write(self, updates, *, ordered):
        self.was_called = True
        assert ordered is False
        if self.error:
            raise self.error
        self.written += updates
        return SimpleNamespace(matched_count=len(updates))


def rejected(code, matched=0):
    rejections = [{"code": code, "errmsg": "no"}]
    return BulkWriteError({"writeErrors": rejections, "nMatched": matched})


def test_no_updates_are_not_sent():
    collection = Collection()

    assert bulk.update(collection, []) == 0

    assert not collection.was_called


def test_it_writes_and_says_how_many_documents_matched():
    collection = Collection()

    assert bulk.update(collection, UPDATES) == 1

    assert collection.written == UPDATES


def test_it_says_how_many_matched_beside_what_mongodb_rejected():
    assert bulk.update(Collection(rejected(121, matched=3)), UPDATES) == 3


def test_it_logs_what_mongodb_rejects_and_does_not_raise(caplog):
    with caplog.at_level(logging.ERROR):
        bulk.update(Collection(rejected(121)), UPDATES)

    assert "mongodb rejected 1 of 1 updates of presence: no" in caplog.text


def test_it_does_not_log_a_harmless_rejection(caplog):
    bulk.update(Collection(rejected(11000)), UPDATES, harmless=frozenset({11000}))

    assert caplog.text == ""


@pytest.mark.parametrize(
    "error", [AutoReconnect("gone"), rejected(11600), BulkWriteError({"writeConcernErrors": [{}]})]
)
def test_it_raises_what_a_retry_may_resolve(error):
    with pytest.raises(StoreUnavailableError):
        bulk.update(Collection(error), UPDATES)
