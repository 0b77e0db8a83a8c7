import pytest
from clickhouse_driver import errors

from qlines.errors import StoreUnavailableError
from qlines.reading import Reading
from qlines.writer.insert import RefusedError, insert, insert_what_is_taken


def reading(name):
    return Reading(name, "o", 1, {"a": 1})


class Table:
    """Takes everything but what is called bad."""

    def __init__(self):
        self.taken = []

    def insert(self, readings):
        if any(one.device == "bad" for one in readings):
            raise RefusedError("bad value")
        self.taken += [one.device for one in readings]
        return len(readings)


class PoolInMemory:
    """Lends itself for a client."""

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

    assert insert_what_is_taken([reading("a"), reading("b")], table.insert) == []
    assert table.taken == ["a", "b"]


def test_it_finds_the_one_that_is_refused_and_inserts_the_others():
    table = Table()
    readings = [reading(name) for name in ("a", "b", "bad", "c", "d")]

    assert insert_what_is_taken(readings, table.insert) == [reading("bad")]
    assert table.taken == ["a", "b", "c", "d"]


def test_it_lets_an_outage_through():
    def away(_readings):
        raise StoreUnavailableError("clickhouse", OSError("refused"))

    with pytest.raises(StoreUnavailableError):
        insert_what_is_taken([reading("a"), reading("b")], away)


@pytest.mark.parametrize(
    "error",
    [errors.ServerException("no number", code=27), UnicodeEncodeError("utf-8", "x", 0, 1, "no")],
)
def test_it_calls_an_error_of_the_content_a_refusal(error):
    with pytest.raises(RefusedError):
        insert(PoolInMemory(), failing(error), [reading("a")])


def test_it_waits_for_whoever_puts_a_missing_table_right():
    error = errors.ServerException("no such table", code=60)

    with pytest.raises(StoreUnavailableError):
        insert(PoolInMemory(), failing(error), [reading("a")])
