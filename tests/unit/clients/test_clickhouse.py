import pytest
from clickhouse_driver.errors import NetworkError, ServerException

from qlines.clients import clickhouse
from qlines.errors import StoreUnavailableError

UNKNOWN_TABLE = 60
TOO_MANY_PARTS = 252


class FakeClient:
    def __init__(self):
        self.disconnected = False

    def disconnect(self):
        self.disconnected = True


@pytest.fixture
def made(monkeypatch):
    made = []

    def connect(_address):
        made.append(FakeClient())
        return made[-1]

    monkeypatch.setattr(clickhouse, "connect", connect)
    return made


@pytest.mark.parametrize(
    "error",
    [NetworkError("refused"), EOFError(), OSError("reset"), ServerException("", TOO_MANY_PARTS)],
)
def test_it_calls_an_outage_an_outage(error):
    with (
        pytest.raises(StoreUnavailableError, match="clickhouse does not"),
        clickhouse.raising_unavailable(),
    ):
        raise error


def test_it_lets_other_errors_pass():
    with pytest.raises(ServerException), clickhouse.raising_unavailable():
        raise ServerException("no such table", UNKNOWN_TABLE)


def test_it_connects_to_the_first_of_several_addresses():
    connection = clickhouse.connect("one:9000,two:9001").connection

    assert list(connection.hosts) == [("one", 9000), ("two", 9001)]


def test_the_pool_lends_the_same_client_again(made):
    pool = clickhouse.Pool("one:9000", size=2)

    with pool.client():
        pass
    with pool.client():
        pass

    assert len(made) == 1


def test_the_pool_lends_no_client_twice_at_a_time(made):
    pool = clickhouse.Pool("one:9000", size=2)

    with pool.client() as first, pool.client() as second:
        assert first is not second


def test_the_pool_throws_away_a_client_whose_query_did_not_end_well(made):
    pool = clickhouse.Pool("one:9000", size=1)

    with pytest.raises(KeyboardInterrupt), pool.client():
        raise KeyboardInterrupt
    with pytest.raises(StoreUnavailableError), pool.client():
        raise NetworkError("reset")
    with pool.client():
        pass

    assert [client.disconnected for client in made] == [True, True, False]


def test_the_pool_ends_its_connections_when_closed(made):
    pool = clickhouse.Pool("one:9000", size=1)
    with pool.client():
        pass

    pool.close()

    assert made[0].disconnected
