from types import SimpleNamespace

import pytest
from pymongo.errors import AutoReconnect

from qlines.errors import StoreUnavailableError
from qlines.moving import export_files
from qlines.store import export_store


@pytest.fixture
def stage(tmp_path, monkeypatch):
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "on-disk.csv").write_text("time,value\n")
    kept = set()
    monkeypatch.setattr(export_store, "stored", lambda _db: set(kept))
    monkeypatch.setattr(export_store, "keep", lambda _db, name, _file: kept.add(name))
    monkeypatch.setattr(export_store, "copy", lambda _source, _target, name: kept.add(name))
    found = [
        {"_id": "on-disk", "file": "on-disk.csv"},
        {"_id": "deleted", "file": "deleted.csv"},
        {"_id": "in-mongodb", "file": "in-mongodb.csv", "in_database": True},
    ]
    source = SimpleNamespace(exports=SimpleNamespace(find=lambda _query: found))

    def copy(node):
        settings = SimpleNamespace(node=node, data_dir=tmp_path)
        return export_files.copy(source, "target", settings)

    return SimpleNamespace(copy=copy, kept=kept)


def test_nodes_get_what_is_in_the_volume_and_it_is_named_until_its_record_says_so(stage):
    assert stage.copy("node-1") == ["on-disk"]
    assert stage.kept == {"on-disk", "in-mongodb"}
    assert stage.copy("node-1") == ["on-disk"]


def test_a_container_alone_keeps_its_volume_and_gets_what_is_in_mongodb(stage):
    assert stage.copy("") == []
    assert stage.kept == {"in-mongodb"}


def test_a_mongodb_that_is_away_is_waited_for(monkeypatch):
    monkeypatch.setattr(export_store, "stored", lambda _db: set())

    def fails(*_arguments):
        raise AutoReconnect("away")

    away = SimpleNamespace(exports=SimpleNamespace(find=fails, update_many=fails))

    with pytest.raises(StoreUnavailableError, match="mongodb does not answer: away"):
        export_files.copy(away, "target", SimpleNamespace(node=""))
    with pytest.raises(StoreUnavailableError, match="mongodb does not answer: away"):
        export_files.note(away, [])
