from types import SimpleNamespace

import pytest
from redis import exceptions

from qlines.clients import redis
from qlines.errors import StoreRefusedError, StoreUnavailableError


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


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (exceptions.AuthenticationError("WRONGPASS"), "the user and the password in QLINES_REDIS"),
        (exceptions.AuthorizationError("no"), "the user and the password in QLINES_REDIS"),
        (exceptions.NoPermissionError("no SET"), "lacks a right there: no SET"),
        (exceptions.ConnectionError("CERTIFICATE_VERIFY_FAILED"), "ssl_ca_certs of QLINES_REDIS"),
    ],
)
def test_a_refusal_says_what_to_correct(error, words):
    with pytest.raises(StoreRefusedError, match=words), redis.raising_unavailable():
        raise error


@pytest.mark.parametrize(
    "answer", [{b"version": b"8.0.2"}, [b"server", b"redis", b"version", b"8.0.2"]]
)
def test_its_version_is_read_in_both_protocols(answer):
    client = SimpleNamespace(execute_command=lambda _command: answer)

    assert redis.version(client) == (8, 0, 2)


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
