"""What a dump holds about a device; tests/integration/backup/test_mongodb.py puts it back."""

import bson
import pytest
from bson import ObjectId

from backup.errors import BackupError
from backup.sources.mongodb_device import documents_of_device

PUMP, OTHER = ObjectId(b"pump pump pu"), ObjectId(b"other device")


@pytest.fixture
def folder(tmp_path):
    """Return a dump with two devices, one of which has never connected."""
    database = tmp_path / "qlines"
    database.mkdir()
    stored = {
        "devices": [{"_id": PUMP, "name": "pump"}, {"_id": OTHER, "name": "other"}],
        "presence": [{"_id": PUMP, "connected": True}],
        "attributes": [{"_id": PUMP, "client": []}],
        "shared_attributes": [{"_id": PUMP, "values": []}, {"_id": OTHER, "values": []}],
        "rejected": [
            {"_id": 1, "device": PUMP, "reason": "r1"},
            {"_id": 2, "device": OTHER, "reason": "r2"},
            {"_id": 3, "device": PUMP, "reason": "r3"},
        ],
        "commands": [{"_id": f"{one}-7", "device": one} for one in (PUMP, OTHER)],
        "command_numbers": [{"_id": one, "last": 7} for one in (PUMP, OTHER)],
        "controls": [{"_id": 1, "device": PUMP}, {"_id": 2, "device": None, "tag": "pump"}],
    }
    for name, documents in stored.items():
        (database / f"{name}.bson").write_bytes(b"".join(map(bson.encode, documents)))
    return tmp_path


def test_everything_about_one_device_is_found(folder):
    found = documents_of_device(folder, str(PUMP))

    assert {name: [dict(one) for one in documents] for name, documents in found.items()} == {
        "devices": [{"_id": PUMP, "name": "pump"}],
        "presence": [{"_id": PUMP, "connected": True}],
        "attributes": [{"_id": PUMP, "client": []}],
        "shared_attributes": [{"_id": PUMP, "values": []}],
        "rejected": [
            {"_id": 1, "device": PUMP, "reason": "r1"},
            {"_id": 3, "device": PUMP, "reason": "r3"},
        ],
        "commands": [{"_id": f"{PUMP}-7", "device": PUMP}],
        "command_numbers": [{"_id": PUMP, "last": 7}],
        "controls": [{"_id": 1, "device": PUMP}],
    }


def test_a_device_that_never_connected_has_no_presence(folder):
    found = documents_of_device(folder, str(OTHER))

    assert found["presence"] == []
    assert len(found["rejected"]) == 1


def test_a_dump_of_a_version_without_a_collection_is_read(folder):
    (folder / "qlines" / "attributes.bson").unlink()

    assert "attributes" not in documents_of_device(folder, str(PUMP))


@pytest.mark.parametrize("device_id", ["0" * 24, "pump"])
def test_a_device_that_the_dump_does_not_hold_is_refused(folder, device_id):
    with pytest.raises(BackupError, match=device_id):
        documents_of_device(folder, device_id)
