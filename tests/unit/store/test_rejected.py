from bson import ObjectId

from qlines.store import rejected
from qlines.store.rejected import Rejected

DEVICE = "1" * 24


class Collection:
    """Enough of a collection: upserts by _id, and the queries of rejected.py."""

    name = "rejected"

    def __init__(self):
        self.records = {}

    @property
    def rejected(self):
        return self

    def bulk_write(self, updates, *, ordered):
        for update in updates:
            self.records[update._filter["_id"]] = update._doc["$set"] | update._filter

    def find(self, query, _fields):
        return Cursor([one for one in self.records.values() if one["device"] == query["device"]])

    def delete_many(self, query):
        for one in query["_id"]["$in"]:
            del self.records[one]


class Cursor(list):
    def sort(self, key, direction):
        return Cursor(sorted(self, key=lambda one: one[key] * direction))

    def skip(self, count):
        return Cursor(self[count:])

    def limit(self, count):
        return Cursor(self[:count])


def item(number, device=DEVICE):
    return Rejected(device, number, "not JSON", "v2/t", f"payload {number}")


def test_it_keeps_the_last_ten_of_each_device():
    db = Collection()

    rejected.add(db, [item(number) for number in range(15)])
    rejected.add(db, [item(99, "2" * 24)])

    kept = sorted(one["ts"] for one in db.records.values() if one["device"] == ObjectId(DEVICE))
    assert kept == list(range(5, 15))
    assert len(db.records) == 11


def test_it_keeps_one_record_of_a_message_that_comes_twice():
    db = Collection()

    rejected.add(db, [item(1)])
    rejected.add(db, [item(1)])

    assert len(db.records) == 1


def test_it_gives_the_newest_first():
    db = Collection()
    rejected.add(db, [item(1), item(2)])

    assert [one["ts"] for one in rejected.of_device(db, DEVICE)] == [2, 1]
