"""On both engines the tables fit the server: 18.16 keeps them as written, today's has codecs."""

import pytest

from qlines.clients import clickhouse
from qlines.reading import Reading
from qlines.store import clickhouse_variant, readings
from qlines.store.clickhouse_migrate import migrations
from qlines.store.clickhouse_variant import CODECS_NOW, codecs_for

PUMP, OWNER = "1" * 24, "a" * 24
T0 = 1_800_000_000_000_000
SECOND = 1_000_000
PARTS = (
    "SELECT name FROM system.parts WHERE database = currentDatabase() AND table = 'points'"
    " AND active ORDER BY name"
)
BYTES = (
    "SELECT sum(data_compressed_bytes) FROM system.parts WHERE database = currentDatabase()"
    " AND table = 'points' AND active"
)


@pytest.fixture
def as_written(engine):
    """Return a client whose `points` is what the migrations create, without codecs."""
    write_again(engine)
    yield engine
    fit(engine)


@pytest.fixture
def todays_as_written(todays):
    """Return today's engine alone, likewise."""
    write_again(todays)
    yield todays
    write_again(todays)
    fit(todays)


def write_again(client):
    statement = migrations()[4].statements[0]
    client.execute("DROP TABLE points")
    client.execute(statement.replace("points_by_week", "points"))


def fit(client):
    clickhouse_variant.apply(client, clickhouse.version(client))


def put(client, times):
    rows = [Reading(PUMP, OWNER, ts, {"a": index, "b": 20.5}) for index, ts in enumerate(times)]
    readings.insert(client, readings.columns_of(rows))


def test_its_version_decides_which_codecs_the_table_has(as_written):
    fit(as_written)

    expected = codecs_for(clickhouse.version(as_written))
    if expected:
        assert dict(as_written.execute(CODECS_NOW)) == {
            column: f"CODEC({codec})" for column, codec in expected.items()
        }
    else:
        assert "CODEC" not in as_written.execute("SHOW CREATE TABLE points")[0][0]


def test_parts_that_exist_are_not_rewritten_and_are_read_as_before(as_written):
    put(as_written, [T0, T0 + SECOND])
    parts = as_written.execute(PARTS)

    fit(as_written)

    assert as_written.execute(PARTS) == parts
    assert as_written.execute("SELECT count() FROM system.mutations WHERE table = 'points'") == [
        (0,)
    ]
    put(as_written, [T0 + 2 * SECOND])
    assert as_written.execute("SELECT count() FROM readings") == [(6,)]


def test_a_codec_that_its_operator_chose_stays(todays_as_written):
    todays_as_written.execute("ALTER TABLE points MODIFY COLUMN number CODEC(Gorilla, LZ4)")

    fit(todays_as_written)

    assert dict(todays_as_written.execute(CODECS_NOW))["number"] == "CODEC(Gorilla(8), LZ4)"


def test_the_codecs_take_less_than_two_thirds_of_the_default(todays_as_written):
    times = [T0 + index * 10 * SECOND + index * 7919 % 400_000 for index in range(10_000)]

    def merged_bytes():
        put(todays_as_written, times)
        todays_as_written.execute("OPTIMIZE TABLE points FINAL")
        return todays_as_written.execute(BYTES)[0][0]

    before = merged_bytes()
    todays_as_written.execute("TRUNCATE TABLE points")
    fit(todays_as_written)

    assert merged_bytes() < before * 2 / 3
