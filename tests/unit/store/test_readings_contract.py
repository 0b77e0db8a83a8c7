"""The readings in ClickHouse, on the fake; integration/store runs the same tests on real ones."""

from functools import partial

import pytest

from tests.contracts.readings import ReadingsContract
from tests.fakes import stores


class Fake:
    def __init__(self):
        self._pool = stores.FakeClickHouse()
        self.put = self._pool.latest.__setitem__

    def __getattr__(self, name):
        return partial(getattr(stores, name), self._pool)


@pytest.fixture
def clickhouse():
    return Fake()


class TestFake(ReadingsContract):
    pass
