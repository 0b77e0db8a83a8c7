"""The readings, on both versions of ClickHouse; unit/store runs the same tests on the fake."""

from functools import partial

import pytest

from qlines.reading import Reading
from qlines.store import readings
from tests.contracts.readings import ReadingsContract


class ClickHouse:
    def __init__(self, engine):
        self._engine = engine

    def put(self, device, values):
        rows = [Reading(device, "a" * 24, ts, {key: value}) for key, (ts, value) in values.items()]
        readings.insert(self._engine, readings.columns_of(rows))

    def __getattr__(self, name):
        return partial(getattr(readings, name), self._engine)


@pytest.fixture
def clickhouse(engine):
    return ClickHouse(engine)


class TestClickHouse(ReadingsContract):
    pass
