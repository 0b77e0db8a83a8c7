from types import SimpleNamespace

import pytest

from qlines.store.clickhouse_cluster import OnCluster, on_cluster
from qlines.store.clickhouse_migrate import migrations

STATEMENTS = [statement for migration in migrations() for statement in migration.statements]


def of(statement):
    return on_cluster(statement, "readings", "iot")


PATH = "'/clickhouse/tables/{shard}/iot/a', '{replica}'"
CLUSTER = {
    "CREATE TABLE IF NOT EXISTS a (x Int64)\nENGINE = ReplacingMergeTree(x)\nORDER BY x": (
        "CREATE TABLE IF NOT EXISTS a ON CLUSTER 'readings' (x Int64)\n"
        f"ENGINE = ReplicatedReplacingMergeTree({PATH}, x)\nORDER BY x"
    ),
    "CREATE TABLE IF NOT EXISTS a (x UInt8) ENGINE = MergeTree ORDER BY x": (
        "CREATE TABLE IF NOT EXISTS a ON CLUSTER 'readings' (x UInt8)"
        f" ENGINE = ReplicatedMergeTree({PATH}) ORDER BY x"
    ),
    "CREATE TABLE IF NOT EXISTS a (x UInt8)\nENGINE = Null": (
        "CREATE TABLE IF NOT EXISTS a ON CLUSTER 'readings' (x UInt8)\nENGINE = Null"
    ),
    "CREATE MATERIALIZED VIEW IF NOT EXISTS a TO b AS SELECT x FROM c": (
        "CREATE MATERIALIZED VIEW IF NOT EXISTS a ON CLUSTER 'readings' TO b AS SELECT x FROM c"
    ),
    "CREATE VIEW IF NOT EXISTS a AS SELECT 1": (
        "CREATE VIEW IF NOT EXISTS a ON CLUSTER 'readings' AS SELECT 1"
    ),
    "RENAME TABLE a TO b, c TO a": "RENAME TABLE a TO b, c TO a ON CLUSTER 'readings'",
    "DROP TABLE a": "DROP TABLE a ON CLUSTER 'readings'",
}


@pytest.mark.parametrize(("alone", "everywhere"), CLUSTER.items())
def test_a_statement_that_changes_tables_is_for_the_whole_cluster(alone, everywhere):
    assert of(alone) == everywhere


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT number FROM schema_versions",
        "INSERT INTO schema_versions (number, name) VALUES",
        "ALTER TABLE points DROP PARTITION 202601",  # replicated by the table itself
        "ALTER TABLE points MODIFY COLUMN span CODEC(Delta(2), ZSTD(3))",  # likewise
    ],
)
def test_another_statement_stays_as_it_is(statement):
    assert of(statement) == statement


@pytest.mark.parametrize("statement", STATEMENTS)
def test_no_statement_of_a_migration_is_forgotten(statement):
    everywhere = of(statement)

    assert everywhere.count("ON CLUSTER 'readings'") == 1
    assert everywhere.count("MergeTree") == everywhere.count("ReplicatedReplacingMergeTree(")


def test_the_client_of_a_migration_passes_the_values_on():
    sent = []
    client = SimpleNamespace(execute=lambda *words: sent.append(words))

    OnCluster(client, "readings", "iot").execute("DROP TABLE a")
    OnCluster(client, "readings", "iot").execute("INSERT INTO a VALUES", [(1,)])

    assert sent == [("DROP TABLE a ON CLUSTER 'readings'",), ("INSERT INTO a VALUES", [(1,)])]
