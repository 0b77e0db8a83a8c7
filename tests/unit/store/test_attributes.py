from bson import ObjectId

from qlines.store import attributes

DEVICE = "1" * 24


class Collection:
    """Keeps what is written, and holds one document to be found."""

    name = "attributes"

    def __init__(self, found=None):
        self.found, self.updates = found, []

    @property
    def attributes(self):
        return self

    def bulk_write(self, updates, *, ordered):
        self.updates += updates

    def find_one(self, query):
        assert query == {"_id": ObjectId(DEVICE)}
        return self.found


def test_it_writes_one_update_a_device():
    db = Collection()

    attributes.merge(db, [(DEVICE, "a", 1, 1), (DEVICE, "b", 1, 2), ("2" * 24, "a", 1, 3)])

    assert [update._filter["_id"] for update in db.updates] == [
        ObjectId(DEVICE), ObjectId("2" * 24),
    ]  # fmt: skip


def test_it_writes_nothing_when_there_is_nothing():
    db = Collection()

    attributes.merge(db, [])

    assert db.updates == []


def test_it_gives_values_back_as_they_were_sent():
    client = [
        {"key": "z", "ts": 5, "value": True},
        {"key": "nested", "ts": 6, "value": '{"a.b":[1]}', "json": True},
        {"key": "a", "ts": 7, "value": "{"},
    ]

    found = attributes.of_device(Collection({"client": client}), DEVICE)

    assert found == {"a": (7, "{"), "nested": (6, {"a.b": [1]}), "z": (5, True)}


def test_it_knows_nothing_of_a_device_that_sent_none():
    assert attributes.of_device(Collection(), DEVICE) == {}
