"""Requeue the jobs that a worker had started when it was killed."""

import logging
from collections.abc import Sequence

from redis import Redis
from rq.executions import WORKER_EXECUTIONS_KEY_TEMPLATE
from rq.registry import StartedJobRegistry
from rq.worker import Worker

from qlines.clients.redis import raising_unavailable
from qlines.jobs.queue import QUEUE

log = logging.getLogger(__name__)


@raising_unavailable()
def requeue_orphans(redis: Redis, worker_name: str, queues: Sequence[str] = (QUEUE,)) -> int:
    """Requeue what the previous worker called *worker_name* had started; return how many jobs.

    Call it before a worker of that name starts, while no other one runs. Safe to repeat.

    1. Read the executions that Redis lists for the name: their process is dead.
    2. Mark each as expired. RQ's own cleanup then requeues its job, or moves it to the failed
       jobs when its retries are used up.
    3. Delete the name's keys: RQ refuses to start a worker whose name is still registered.

    RQ requeues the jobs of workers that never return (of a removed container) by itself, about a
    minute after their last heartbeat. Raise StoreUnavailableError when Redis does not answer.
    """
    executions_key = WORKER_EXECUTIONS_KEY_TEMPLATE.format(worker_name)
    executions = [_text(execution) for execution in redis.smembers(executions_key)]
    if executions:
        log.warning("requeueing %s jobs of a killed worker", len(executions))
    for queue in queues:
        registry = StartedJobRegistry(queue, connection=redis)
        for execution in executions:
            redis.zadd(registry.key, {execution: 0}, xx=True)
        registry.cleanup()
    redis.delete(Worker.redis_worker_namespace_prefix + worker_name, executions_key)
    return len(executions)


def _text(member: bytes | str) -> str:
    return member.decode() if isinstance(member, bytes) else member
