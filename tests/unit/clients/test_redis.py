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
def test_it_calls_an_outage_an_outage(error):
    with (
        pytest.raises(StoreUnavailableError, match="redis does not answer"),
        redis.raising_unavailable(),
    ):
        raise error


def test_it_lets_other_errors_pass():
    with pytest.raises(exceptions.ResponseError), redis.raising_unavailable():
        raise exceptions.ResponseError("wrong kind of value")


@pytest.mark.parametrize("url", ["redis://127.0.0.1:6379/0", "unix:///run/qlines/redis.sock"])
def test_it_takes_addresses_and_sockets(url):
    redis.connect(url).close()
