"""How often a person may do what costs others something; counted in Redis."""

import logging
from typing import NamedTuple

from bson import ObjectId

from qlines.clients.redis import raising_unavailable
from qlines.errors import BusyError, StoreUnavailableError
from qlines.web.deps import deps

log = logging.getLogger(__name__)


class Limit(NamedTuple):
    """So many times within so many seconds; *name* is that of the count, *rule* for the person."""

    name: str
    most: int
    seconds: int
    rule: str


def count_try(limit: Limit, user: ObjectId) -> None:
    """Raise BusyError when the person has tried too often; without Redis nobody has."""
    key = f"{limit.name}:{user}"
    try:
        with raising_unavailable():
            pipeline = deps().redis.pipeline()
            pipeline.incr(key)
            pipeline.expire(key, limit.seconds, nx=True)  # from the first one on
            pipeline.ttl(key)
            tries, _, seconds = pipeline.execute()
    except StoreUnavailableError as error:
        log.warning("%s are not limited: %s", limit.name, error)
        return
    if tries > limit.most:
        raise BusyError(
            f"{limit.rule}: try again in {seconds} s", status=429, retry_seconds=max(seconds, 1)
        )
