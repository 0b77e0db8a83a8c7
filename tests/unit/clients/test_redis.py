import pytest
from redis import exceptions

from qlines.clients import redis
from qlines.errors import StoreUnavailableError


@pytest.mark.parametrize(
    "error",
    [
        exceptions.ConnectionError("refused"),
        exceptions.TimeoutError("late"),
        exceptions.BusyLoadingError("loading"),
    ],
)
def test_an_outage_becomes_store_unavailable(error):
    with (
        pytest.raises(StoreUnavailableError, match="redis does not answer"),
        redis.raising_unavailable(),
    ):
        raise error


def test_other_errors_pass_through():
    with pytest.raises(exceptions.ResponseError), redis.raising_unavailable():
        raise exceptions.ResponseError("wrong kind of value")


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("redis://127.0.0.1:6379/0", {"host": "127.0.0.1", "port": 6379}),
        ("unix:///run/qlines/redis.sock", {"path": "/run/qlines/redis.sock"}),
    ],
)
def test_it_connects_to_an_address_or_a_socket(url, target):
    client = redis.connect(url)

    assert target.items() <= client.connection_pool.connection_kwargs.items()
    client.close()
