import pytest
from clickhouse_driver.errors import NetworkError, ServerException

from qlines.clients import clickhouse
from qlines.errors import QueryLimitError, StoreRefusedError, StoreUnavailableError

UNKNOWN_TABLE = 60
TABLE_IS_READ_ONLY = 242
TOO_MANY_PARTS = 252


class FakeClient:
    def __init__(self, first):
        self.first = first
        self.disconnected = False

    def disconnect(self):
        self.disconnected = True


@pytest.fixture
def clients(monkeypatch):
    clients = []

    def connect(_address, *, settings, first):
        clients.append(FakeClient(first))
        return clients[-1]

    monkeypatch.setattr(clickhouse, "connect", connect)
    return clients


@pytest.mark.parametrize(
    "error",
    [NetworkError("refused"), EOFError(), OSError("reset"), ServerException("", TOO_MANY_PARTS)],
)
def test_an_outage_becomes_store_unavailable(error):
    with (
        pytest.raises(StoreUnavailableError, match="clickhouse does not"),
        clickhouse.raising_unavailable(),
    ):
        raise error


@pytest.mark.parametrize(
    ("code", "status", "text"),
    [(158, 422, "too many points"), (396, 422, "too many points"), (159, 503, "took too long")],
)
def test_a_query_at_its_limit_says_what_to_ask_for_instead(code, status, text):
    with pytest.raises(QueryLimitError, match=text) as raised, clickhouse.raising_unavailable():
        raise ServerException("limit", code)

    assert raised.value.status == status
    assert "ask for a shorter time" in str(raised.value)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ServerException("DB::Exception: Wrong password for user x", 193), "QLINES_CLICKHOUSE"),
        (ServerException("DB::Exception: no database", 81), "does not exist: create it"),
        (
            ServerException("DB::Exception: Cannot execute\nStack trace: …", 164),
            "lacks a right there: Cannot execute$",
        ),
        (NetworkError("CERTIFICATE_VERIFY_FAILED (one:9440)"), "ca_certs of QLINES_CLICKHOUSE"),
    ],
)
def test_a_refusal_says_what_to_correct(error, words):
    with pytest.raises(StoreRefusedError, match=words), clickhouse.raising_unavailable():
        raise error


def test_the_client_gets_what_the_address_says():
    url = "clickhouse://qlines:secret@[::1]:1,two/iot?secure=1&server_hostname=db"
    connection = clickhouse.connect(url).connection

    assert list(connection.hosts) == [("::1", 1), ("two", 9440)]
    assert (connection.user, connection.password, connection.database) == (
        "qlines", "secret", "iot",
    )  # fmt: skip
    assert (connection.secure_socket, connection.server_hostname) == (True, "db")


def test_other_errors_pass_through():
    with pytest.raises(ServerException), clickhouse.raising_unavailable():
        raise ServerException("no such table", UNKNOWN_TABLE)


def test_it_connects_to_the_first_of_several_addresses():
    connection = clickhouse.connect("one:9000,two:9001").connection

    assert list(connection.hosts) == [("one", 9000), ("two", 9001)]


@pytest.mark.parametrize(("first", "order"), [(1, ["two", "one"]), (2, ["one", "two"])])
def test_it_begins_with_another_server_where_it_is_asked_to(first, order):
    connection = clickhouse.connect("one:9000,two:9000", first=first).connection

    assert [host for host, _ in connection.hosts] == order


def test_a_pool_of_any_replica_may_begin_with_another_server(clients, monkeypatch):
    monkeypatch.setattr("random.choice", max)

    with clickhouse.Pool("one:1,two:2", size=1, any_replica=True).client() as client:
        assert client.first == 1


def test_after_a_replica_that_accepts_no_insert_the_pool_takes_the_next_one(clients):
    pool = clickhouse.Pool("one:9000,two:9000", size=1)

    with pytest.raises(StoreUnavailableError), pool.client():
        raise ServerException("Table is in readonly mode", TABLE_IS_READ_ONLY)
    with pool.client():
        pass
    with pool.client():
        pass

    assert [client.first for client in clients] == [0, 1]


def test_the_pool_lends_the_same_client_again(clients):
    pool = clickhouse.Pool("one:9000", size=2)

    with pool.client():
        pass
    with pool.client():
        pass

    assert len(clients) == 1


def test_the_pool_lends_no_client_twice_at_a_time(clients):
    pool = clickhouse.Pool("one:9000", size=2)

    with pool.client() as first, pool.client() as second:
        assert first is not second


def test_the_pool_discards_a_client_whose_query_failed(clients):
    pool = clickhouse.Pool("one:9000", size=1)

    with pytest.raises(KeyboardInterrupt), pool.client():
        raise KeyboardInterrupt
    with pytest.raises(StoreUnavailableError), pool.client():
        raise NetworkError("reset")
    with pool.client():
        pass

    assert [client.disconnected for client in clients] == [True, True, False]


def test_the_pool_closes_its_connections(clients):
    pool = clickhouse.Pool("one:9000", size=1)
    with pool.client():
        pass

    pool.close()

    assert clients[0].disconnected
