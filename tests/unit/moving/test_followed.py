from qlines.moving.followed import target_settings
from qlines.settings import Settings

ROLES = {"QLINES_ROLES": "ingest,writer,gunicorn", "QLINES_CLICKHOUSE": "clickhouse:9000"}


def test_a_cluster_stores_what_it_had_once_before():
    cluster = ROLES | {"QLINES_CLICKHOUSE_CLUSTER": "c", "QLINES_CLICKHOUSE_WRITE_QUORUM": "2"}

    assert target_settings(Settings.from_env(ROLES)) == {}
    assert target_settings(Settings.from_env(cluster)) == {
        "insert_quorum": 2,
        "insert_deduplicate": 0,
    }
