"""Find the jobs that a killed worker left in the middle, and have them run again."""

import logging

from redis import Redis
from rq.executions import WORKER_EXECUTIONS_KEY_TEMPLATE
from rq.registry import StartedJobRegistry
from rq.worker import Worker

from qlines.clients.redis import raising_unavailable
from qlines.jobs.queue import QUEUE

log = logging.getLogger(__name__)


@raising_unavailable()
def take_back(redis: Redis, name: str) -> int:
    """Return how many jobs the former life of the worker called *name* had begun.

    1. What Redis lists as begun by that name is nobody's now: this process has the name.
    2. Each is marked as overdue, which RQ's own cleaning then runs again, or calls failed when
       it has been run too often.
    3. The name is given free: RQ refuses a worker whose name looks alive.

    Jobs of workers that never come back (another container's) RQ finds by itself when their
    sign of life is a minute old.
    """
    executions = redis.smembers(WORKER_EXECUTIONS_KEY_TEMPLATE.format(name))
    registry = StartedJobRegistry(QUEUE, connection=redis)
    for execution in executions:
        redis.zadd(registry.key, {_text(execution): 0}, xx=True)
    if executions:
        log.warning("takes back %s jobs that a killed worker had begun", len(executions))
    registry.cleanup()
    redis.delete(
        Worker.redis_worker_namespace_prefix + name, WORKER_EXECUTIONS_KEY_TEMPLATE.format(name)
    )
    return len(executions)


def _text(member: bytes | str) -> str:
    return member.decode() if isinstance(member, bytes) else member
