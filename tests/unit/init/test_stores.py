from unittest.mock import Mock

import pytest

from qlines.errors import StoreRefusedError
from qlines.init import stores as stores_module
from qlines.init.stores import TOPIC_CONFIGS, stores_for, topic_configs, try_redis
from qlines.programs import NAMES
from qlines.settings import Settings
from qlines.spool.disk_lines import DiskSpace, lines_of


@pytest.mark.parametrize(
    ("roles", "stores"),
    [
        (NAMES, ["mongodb", "clickhouse", "kafka"]),
        (["gunicorn", "healthd", "init"], ["mongodb", "clickhouse"]),
        (["kafka", "init"], ["kafka"]),
        (["writer", "init"], ["clickhouse", "kafka"]),
        (["init"], []),
    ],
)
def test_it_prepares_only_the_stores_that_the_roles_need(roles, stores):
    assert stores_for(roles) == stores


def test_the_topic_is_limited_by_size_and_never_deletes_by_age():
    assert TOPIC_CONFIGS["retention.ms"] == "-1"
    assert TOPIC_CONFIGS["retention.bytes"] == "2147483648"


@pytest.mark.parametrize(("replicas", "needed"), [(0, None), (1, None), (2, None), (3, "2")])
def test_of_three_replicas_two_must_have_a_record(replicas, needed):
    configs = topic_configs(replicas)

    assert configs.get("min.insync.replicas") == needed
    assert configs.items() >= TOPIC_CONFIGS.items()


def test_a_migration_has_the_room_that_is_left_before_messages_are_refused(monkeypatch, tmp_path):
    rooms = []
    monkeypatch.setattr(stores_module, "disk_space", lambda folder: DiskSpace(100 << 30, 9 << 30))
    monkeypatch.setattr(stores_module.clickhouse, "connect", lambda address: Mock())
    monkeypatch.setattr(stores_module.clickhouse, "version", lambda client: (18, 16))
    migrate = stores_module.clickhouse_migrate
    monkeypatch.setattr(migrate, "outstanding", lambda client: ["0005"])
    monkeypatch.setattr(migrate, "migrate", lambda client, room: rooms.append(room and room()))
    env = {"QLINES_DATA_DIR": str(tmp_path), "QLINES_RUN_DIR": str(tmp_path)}

    stores_module.prepare_clickhouse(Settings.from_env(env))
    stores_module.prepare_clickhouse(Settings.from_env(env | {"QLINES_ROLES": "init,writer"}))

    refuse_below = lines_of(100 << 30, 90).refuse_below
    assert rooms == [(9 << 30) - refuse_below, None]


@pytest.mark.parametrize(
    ("roles", "sentences"),
    [
        ("gunicorn", ["redis refuses this program: it wants a password"]),
        ("writer,init", []),
        ("redis,gunicorn", []),
    ],
)
def test_a_redis_that_runs_elsewhere_is_tried_where_it_is_used(
    roles, sentences, monkeypatch, caplog
):
    def refuse(_client):
        raise StoreRefusedError("redis", "it wants a password")

    monkeypatch.setattr(stores_module.redis, "version", refuse)

    try_redis(Settings.from_env({"QLINES_ROLES": roles}))

    assert caplog.messages == sentences
