import pytest
from clickhouse_driver import errors

from qlines.errors import StoreUnavailableError
from qlines.reading import Reading
from qlines.writer.insert import RefusedError, insert, insert_bisecting


def reading(name):
    return Reading(name, "o", 1, {"a": 1})


class Table:
    """Accepts every reading but those of the device "bad"."""

    def __init__(self):
        self.inserted = []

    def insert(self, readings):
        if any(reading.device == "bad" for reading in readings):
            raise RefusedError("bad value")
        self.inserted += [reading.device for reading in readings]
        return len(readings)


class PoolInMemory:
    """Lends itself as the client."""

    def client(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


def failing(error):
    def statement(_client, _columns):
        raise error

    return statement


def test_it_inserts_all_at_once():
    table = Table()

    assert insert_bisecting([reading("a"), reading("b")], table.insert) == []
    assert table.inserted == ["a", "b"]


def test_it_finds_the_refused_reading_and_inserts_the_others():
    table = Table()
    readings = [reading(name) for name in ("a", "b", "bad", "c", "d")]

    assert insert_bisecting(readings, table.insert) == [reading("bad")]
    assert table.inserted == ["a", "b", "c", "d"]


def test_an_outage_is_not_a_refusal():
    def away(_readings):
        raise StoreUnavailableError("clickhouse", OSError("refused"))

    with pytest.raises(StoreUnavailableError):
        insert_bisecting([reading("a"), reading("b")], away)


@pytest.mark.parametrize(
    "error",
    [errors.ServerException("no number", code=27), UnicodeEncodeError("utf-8", "x", 0, 1, "no")],
)
def test_an_error_of_the_content_is_a_refusal(error):
    with pytest.raises(RefusedError):
        insert(PoolInMemory(), failing(error), [reading("a")])


def test_a_missing_table_is_an_outage():
    error = errors.ServerException("no such table", code=60)

    with pytest.raises(StoreUnavailableError):
        insert(PoolInMemory(), failing(error), [reading("a")])
