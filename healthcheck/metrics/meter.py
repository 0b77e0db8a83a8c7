"""Measure every half minute what no verdict needs, in a thread of its own.

A store that hangs must not hold up the checks, and a round costs 15 ms of CPU.
"""

import logging
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TypeVar

import psutil

from healthcheck.metrics.measurements import Measurements, Usage
from healthcheck.probes import (
    cgroup,
    clickhouse_tables,
    job_queue,
    kafka_backlog,
    mongodb_connections,
)
from healthcheck.probes.connection import ProbeError
from healthcheck.probes.families import members
from healthcheck.probes.usage import usage
from healthcheck.report import View
from qlines.clock import Clock
from qlines.programs import BY_NAME

log = logging.getLogger(__name__)

EVERY_SECONDS = 30.0
RETRY_SECONDS = 1.0  # until the first view says which programs run
TIMEOUT_SECONDS = 2.0
T = TypeVar("T")


class Meter:
    """The loop; *measured* is the last round, replaced as a whole."""

    def __init__(self, view: Callable[[], View | None], clock: Clock) -> None:
        self._view = view
        self._clock = clock
        self.measured = Measurements()

    def start(self) -> None:
        """Run the loop in a thread that ends with the process."""
        threading.Thread(target=self._run, name="meter", daemon=True).start()

    def _run(self) -> None:
        while True:
            self._clock.sleep(EVERY_SECONDS if self.run_once() else RETRY_SECONDS)

    def run_once(self) -> bool:
        """Measure one round; return False when it is not known yet which programs run."""
        view = self._view()
        if view is None:
            return False
        started_at = self._clock.monotonic()
        self.measured = Measurements(
            of_programs(view.pids),
            cgroup.container(),
            asked(job_queue.jobs, "redis", view.pids),
            asked(clickhouse_tables.tables, "clickhouse", view.pids),
            asked(mongodb_connections.connections, "mongodb", view.pids),
            asked(kafka_backlog.backlog, "kafka", view.pids),
            self._clock.monotonic() - started_at,
        )
        return True


def of_programs(pids: Mapping[str, int]) -> dict[str, Usage]:
    """Return what each program uses, its child processes included; what has ended is left out.

    supervisord is the parent of all, and counts alone.
    """
    supervisord = os.getppid()
    families = {name: members(pid) for name, pid in pids.items()} | {"supervisord": [supervisord]}
    usages = {}
    for name, family in families.items():
        with suppress(psutil.NoSuchProcess):
            measured = usage(family, psutil.Process(family[0]).create_time())
            if measured:
                usages[name] = measured
    return usages


def asked(ask: Callable[[int, float], T], store: str, running: Mapping[str, int]) -> T | None:
    """Return the store's answer; None when it is not one of the *running* or does not answer."""
    if store not in running:
        return None
    try:
        return ask(BY_NAME[store].ports[0], TIMEOUT_SECONDS)
    except ProbeError as error:
        log.debug("%s was not measured: it %s", store, error)
        return None
