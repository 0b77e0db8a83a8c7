"""The oldest version of each store that will do, checked and logged when the container starts."""

import logging
from collections.abc import Sequence

from qlines.errors import StoreRefusedError

log = logging.getLogger(__name__)

# The tests run with those of the image, which are later: Kafka 4.3, ClickHouse 18.16, MongoDB 6.0,
# Redis 8.0. Kafka: lz4 records of format 2 and leader epochs; MongoDB: change streams by token
# after a failover; Redis: users, and HELLO, which returns the version.
OLDEST = {"kafka": (2, 1), "clickhouse": (18, 16), "mongodb": (4, 4), "redis": (6, 0)}


def check(store: str, version: Sequence[int]) -> None:
    """Log the version; raise StoreRefusedError when it is too old."""
    found = ".".join(map(str, version))
    if tuple(version) < OLDEST[store]:
        needed = ".".join(map(str, OLDEST[store]))
        raise StoreRefusedError(store, f"it is version {found}: run {needed} or later")
    log.info("%s is version %s", store, found)
