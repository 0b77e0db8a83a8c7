"""What nodes say of themselves, on mongod of the image, by whose clock it grows old."""

from datetime import timedelta

from qlines.store import nodes


def test_each_node_is_there_with_its_last_words(db):
    nodes.note(db, "node-2", "ok", [])
    nodes.note(db, "node-1", "ok", [])
    nodes.note(db, "node-1", "degraded", ["cron (failed): ended"])

    first, second = nodes.read(db)

    assert first._replace(seen_seconds_ago=0) == ("node-1", 0, "degraded", ["cron (failed): ended"])
    assert second.name == "node-2"
    assert 0 <= second.seen_seconds_ago < 60


def test_a_node_that_is_stopped_in_order_is_not_missed(db):
    nodes.note(db, "node-1", "ok", [])
    nodes.note(db, "node-2", "ok", [])

    nodes.forget(db, "node-1")

    assert [node.name for node in nodes.read(db)] == ["node-2"]


def test_a_silent_node_grows_old_and_is_forgotten_after_a_day(db):
    nodes.note(db, "node-1", "ok", [])
    seen_at = db.nodes.find_one({"_id": "node-1"})["seen_at"]
    db.nodes.update_one({"_id": "node-1"}, {"$set": {"seen_at": seen_at - timedelta(seconds=100)}})

    (found,) = nodes.read(db)

    assert 100 <= found.seen_seconds_ago < 160
    assert db.nodes.index_information()["seen_at"]["expireAfterSeconds"] == 86_400
