"""Both ClickHouses know the settings that limit a person's query, and stop it by them."""

from contextlib import ExitStack

import pytest

from qlines.clients import clickhouse
from qlines.errors import QueryLimitError
from qlines.reading import Reading
from qlines.store.clickhouse_migrate import migrate
from qlines.store.points import columns_of
from qlines.store.query_limits import person_settings
from qlines.store.readings import insert
from qlines.store.series import series

DEVICE, HOUR_US = "1" * 24, 3_600_000_000
NUMBERS = "SELECT sum(number) FROM system.numbers"


def text_of(settings):
    return ", ".join(f"{name} = {value}" for name, value in settings.items())


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        (person_settings(1, 10**15), "TIMEOUT_EXCEEDED|Timeout exceeded"),
        (person_settings(60, 1000), "TOO_MANY_ROWS|Limit for rows"),
    ],
)
def test_a_query_ends_at_its_limit(engine, settings, error):
    with pytest.raises(Exception, match=error):
        engine.execute(f"{NUMBERS} SETTINGS {text_of(settings)}")


@pytest.fixture
def connected(appliances_server):
    """Yield a function that connects to 18.16; all connections are closed after the test."""
    with ExitStack() as connections:

        def connect(**options):
            client = clickhouse.connect(appliances_server, **options)
            connections.callback(client.disconnect)
            return client

        yield connect


def test_a_person_gets_a_series_within_the_limits_and_an_error_beyond_them(connected):
    def points(max_rows):
        client = connected(settings=person_settings(10, max_rows))
        return series(client, DEVICE, ["a"], 0, 20_000 * HOUR_US, 10, "avg")

    writer = connected()
    migrate(writer)
    readings = [Reading(DEVICE, "a" * 24, hour * HOUR_US, {"a": hour}) for hour in range(20_000)]
    insert(writer, columns_of(readings))

    assert len(points(1_000_000)["a"]) == 10
    with pytest.raises(QueryLimitError, match="too many points") as raised:
        points(1000)
    assert raised.value.status == 422
