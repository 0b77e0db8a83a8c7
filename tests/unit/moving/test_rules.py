import pytest

from qlines.move_record import ABANDONED, COPYING, MOVED, SWITCHING, Record
from qlines.moving import rules
from qlines.moving.error import MoveError
from qlines.settings import Settings
from qlines.store.nodes import Node

KEY = {"QLINES_SECRET_KEY": "the key of this container", "QLINES_DATA_DIR": "/nowhere"}
ALONE = Settings.from_env(KEY)
NODE = {
    "QLINES_NODE": "node-1",
    "QLINES_ROLES": (
        "init,registry,mosquitto,ingest,writer,live,alarms,rqworker,messenger,cron,gunicorn,healthd"
    ),
    "QLINES_KAFKA": "kafka:9092",
    "QLINES_MONGODB": "mongodb://who:secret@mongodb:27017/?replicaSet=rs0",
    "QLINES_CLICKHOUSE": "clickhouse:9000",
    "QLINES_REDIS": "redis://redis:6379/0",
}
CLUSTER = Settings.from_env(KEY | NODE)
ALL = ["kafka", "mongodb", "clickhouse", "redis"]


def settings(**changes):
    env = KEY | NODE | {f"QLINES_{name.upper()}": value for name, value in changes.items()}
    return Settings.from_env({name: value for name, value in env.items() if value})


def test_all_stores_move_there_and_back():
    assert rules.stores_to_move(ALONE, CLUSTER, is_paired=False) == ALL
    assert rules.stores_to_move(CLUSTER, ALONE, is_paired=False) == ALL


def test_a_store_that_stays_where_it_is_does_not_move():
    target = settings(
        node="", mongodb="", redis="", roles=f"{NODE['QLINES_ROLES']},mongodb,redis"
    )  # fmt: skip

    assert rules.stores_to_move(ALONE, target, is_paired=False) == ["kafka", "clickhouse"]


@pytest.mark.parametrize(
    ("target", "is_paired", "sentence"),
    [
        (ALONE, False, "all of them are where they are now"),
        (CLUSTER, True, "this one is a twin: end the pairing with `make twin-leave`"),
        (
            settings(secret_key="the key of another container"),
            False,
            "QLINES_SECRET_KEY of the target must be that of this container",
        ),
        (
            settings(redis="redis://127.0.0.1:6379/0"),
            False,
            "QLINES_REDIS of the target must name a store, and redis://127.0.0.1:6379/0",
        ),
        (
            settings(node="", roles=f"{NODE['QLINES_ROLES']},kafka"),
            False,
            "QLINES_ROLES of the target must not have kafka, because QLINES_KAFKA is kafka:9092",
        ),
    ],
)
def test_a_target_that_makes_no_sense_is_refused(target, is_paired, sentence):
    with pytest.raises(MoveError, match=sentence):
        rules.stores_to_move(ALONE, target, is_paired=is_paired)


def test_a_sentence_never_shows_a_password():
    assert CLUSTER.stores["mongodb"] == "mongodb://mongodb:27017/"


def test_the_stores_of_a_container_alone_are_started_for_the_way_back_only():
    assert rules.own_stores(ALONE, CLUSTER) == []
    assert sorted(rules.own_stores(CLUSTER, ALONE)) == sorted(ALL)


def test_a_move_that_was_killed_or_abandoned_goes_on_and_one_back_brings_up_to_date():
    there = Record(COPYING, ALONE.stores, CLUSTER.stores, 1.0, {"0": 5}, ("202611",))

    for phase in (COPYING, SWITCHING):
        known = there._replace(phase=phase)
        assert rules.is_of_this_move(known, ALONE, CLUSTER)
        assert rules.begun(known, ALONE, CLUSTER, phase=COPYING, now=9.0) == there
    abandoned = there._replace(phase=ABANDONED)
    assert rules.is_of_this_move(abandoned, ALONE, CLUSTER)
    again = rules.begun(abandoned, ALONE, CLUSTER, phase=COPYING, now=9.0)
    assert again == Record(COPYING, ALONE.stores, CLUSTER.stores, 9.0)
    moved = there._replace(phase=MOVED)
    assert rules.is_of_this_move(moved, CLUSTER, ALONE)
    back = rules.begun(moved, CLUSTER, ALONE, phase=COPYING, now=9.0)
    assert back == Record(COPYING, CLUSTER.stores, ALONE.stores, 9.0)


def test_a_way_back_that_was_killed_compares_all_again_for_what_a_power_cut_has_taken():
    known = Record(COPYING, CLUSTER.stores, ALONE.stores, 1.0, {"0": 5}, ("202611",), copied=7)

    again = rules.begun(known, CLUSTER, ALONE, phase=COPYING, now=9.0)

    assert again == known._replace(offsets={}, done=())


def test_data_of_another_move_are_not():
    other = Record(COPYING, ALONE.stores, CLUSTER.stores | {"kafka": "another:9092"})

    assert not rules.is_of_this_move(None, ALONE, CLUSTER)
    assert not rules.is_of_this_move(other, ALONE, CLUSTER)
    assert not rules.is_of_this_move(other._replace(phase=MOVED), CLUSTER, ALONE)


def test_what_has_moved_does_not_move_again_from_where_it_was():
    moved = Record(MOVED, ALONE.stores, CLUSTER.stores)

    with pytest.raises(MoveError, match="cannot move again: its data have moved to kafka kafka:"):
        rules.require_not_moved(moved, ALONE)
    rules.require_not_moved(moved, CLUSTER)
    rules.require_not_moved(None, ALONE)


def test_a_target_with_data_is_refused():
    rules.require_empty({})
    with pytest.raises(MoveError, match="mongodb has 3 users there: delete them there, or name"):
        rules.require_empty({"mongodb": "3 users"})


def test_a_target_without_room_is_refused_and_what_is_there_already_counts():
    megabyte = 1024**2
    rules.require_room(100 * megabyte, 0, None)
    rules.require_room(100 * megabyte, 50 * megabyte, 70 * megabyte)
    with pytest.raises(MoveError, match=r"the readings need 120 MB .* and 70 MB are free there"):
        rules.require_room(100 * megabyte, 0, 70 * megabyte)


def test_another_node_that_works_is_named_and_a_lost_one_does_not_matter():
    own, lost = Node("node-1", 0.5, "ok", ()), Node("node-3", 400.0, "ok", ())
    rules.require_last_node([own, lost], "node-1")

    with pytest.raises(MoveError, match="and node-2 works too: stop it with `docker stop`"):
        rules.require_last_node([own, lost, Node("node-2", 2.0, "ok", ())], "node-1")


def test_only_a_move_that_has_not_switched_can_be_abandoned():
    known = Record(SWITCHING)
    assert rules.require_abandonable(known) is known
    for nothing in (None, Record(ABANDONED)):
        with pytest.raises(MoveError, match="no move is under way"):
            rules.require_abandonable(nothing)
    with pytest.raises(MoveError, match="move back with `qlines move-to` and the old settings"):
        rules.require_abandonable(Record(MOVED))
