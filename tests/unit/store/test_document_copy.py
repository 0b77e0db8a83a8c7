from types import SimpleNamespace

import pytest
from pymongo import DeleteOne, ReplaceOne
from pymongo.errors import BulkWriteError

from qlines.errors import StoreUnavailableError
from qlines.store.document_copy import Changes, of_others, write_of

PUMP = {"_id": 7, "name": "pump"}


def event(collection, **more):
    return {"ns": {"coll": collection}, "documentKey": {"_id": 7}, **more}


def test_a_change_replaces_the_document():
    assert write_of(event("devices", fullDocument=PUMP)) == ReplaceOne(
        {"_id": 7}, PUMP, upsert=True
    )


def test_a_document_that_is_gone_is_deleted():
    assert write_of(event("devices")) == DeleteOne({"_id": 7})
    assert write_of(event("devices", fullDocument=None)) == DeleteOne({"_id": 7})


def test_what_belongs_to_one_set_of_nodes_is_left_out():
    assert write_of(event("leases", fullDocument=PUMP)) is None
    assert write_of(event("attribute_changes", fullDocument=PUMP)) is None
    assert write_of(event("export_files.chunks", fullDocument=PUMP)) is None
    assert write_of({"ns": {"coll": "devices"}, "operationType": "drop"}) is None


class Database(dict):
    """A database whose collections have these documents."""

    def list_collections(self, **_filter):
        return [{"name": name} for name in self]

    def __getitem__(self, name):
        documents = super().__getitem__(name)
        return SimpleNamespace(find_one=lambda *_: next(iter(documents), None))


def test_collections_of_others_are_named_and_those_of_qlines_and_empty_ones_are_not():
    own = {"meta": [PUMP], "presence_node-1": [PUMP], "export_files.files": [PUMP]}
    database = Database(own | {"orders": [PUMP], "drafts": [], "system.views": [PUMP]})

    assert of_others(database) == ["orders"]


def source_of(events):
    stream = SimpleNamespace(try_next=lambda: events.pop(0))
    return SimpleNamespace(
        with_options=lambda **_: SimpleNamespace(watch=lambda **_options: stream)
    )


@pytest.mark.parametrize(
    "details",
    [
        {"writeErrors": [], "writeConcernErrors": [{"code": 64, "errmsg": "waiting timed out"}]},
        {"writeErrors": [{"index": 0, "code": 10107, "errmsg": "not primary"}]},
    ],
)
def test_a_primary_that_changes_while_a_copy_is_written_is_waited_for(details):
    def bulk_write(*_writes, **_options):
        raise BulkWriteError(details)

    collection = SimpleNamespace(bulk_write=bulk_write)
    target = SimpleNamespace(get_collection=lambda *_, **_options: collection)

    with pytest.raises(StoreUnavailableError):
        Changes(source_of([event("devices", fullDocument=PUMP), None])).apply(target)
