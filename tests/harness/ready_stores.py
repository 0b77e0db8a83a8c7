"""Stores of the image that are ready for a test: MongoDB with our collections, Redis."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from redis import Redis

from qlines.clients import redis as redis_client
from qlines.errors import StoreUnavailableError
from qlines.init.stores import prepare_mongodb
from qlines.settings import Settings
from tests.harness import daemon
from tests.harness.daemon import Daemon
from tests.harness.deadline import eventually


def is_done(ask: Callable[[], object]) -> bool:
    """Return whether a store did what it was asked, which it does not while it starts."""
    try:
        ask()
    except StoreUnavailableError:
        return False
    return True


@contextmanager
def ready_mongodb(image: str) -> Iterator[Settings]:
    """Start a mongod of the image; yield settings that name it, once it has our collections."""
    with daemon.mongodb(image) as running:
        url = f"mongodb://{running.address}/?replicaSet=qlines"
        settings = Settings.from_env({"QLINES_MONGODB": url, "QLINES_DATA_DIR": "/nowhere"})
        eventually(lambda: is_done(lambda: prepare_mongodb(settings)), 60, "MongoDB is prepared")
        yield settings


@contextmanager
def ready_redis(started: Daemon) -> Iterator[Redis]:
    """Yield a client of a Redis that was just started, once it answers; remove it afterwards."""
    with started as running:
        client = redis_client.connect(f"redis://{running.address}/0")
        eventually(lambda: is_done(lambda: _ping(client)), 30, "Redis answers")
        yield client
        client.close()


def _ping(client: Redis) -> None:
    with redis_client.raising_unavailable():
        client.ping()
