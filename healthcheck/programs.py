"""What the checker knows about every program of the appliance: one table."""

from typing import NamedTuple


class Program(NamedTuple):
    """One program under supervisord.

    *ports* are those it listens on; the first is the one that is asked. *probe* is the name of
    the module in `healthcheck.probes` that asks it; "alive" judges the sign that a Python worker
    writes. *waits_for* is the wait graph of the design: when one of these is not well, that is
    the cause. *starts_within_seconds*: silent for longer than that is a failure.
    """

    name: str
    probe: str
    ports: tuple[int, ...] = ()
    waits_for: tuple[str, ...] = ()
    is_essential: bool = True
    starts_within_seconds: float = 60.0


STORES = ("mongodb", "clickhouse", "kafka")

# Not essential: without them devices still send, readings are stored and pages are served.
PROGRAMS = (
    Program("redis", "redis", (6379,), is_essential=False, starts_within_seconds=30),
    Program("mongodb", "mongodb", (27017,)),
    Program("clickhouse", "clickhouse", (9000, 7010, 9009)),
    Program("kafka", "kafka", (9092, 9093)),
    Program("init", "once", waits_for=STORES),
    Program("registry", "heartbeat", waits_for=("mongodb", "init")),
    Program("mosquitto", "mosquitto", (1883,), waits_for=("registry",)),
    Program("ingest", "heartbeat", waits_for=("kafka", "init", "mongodb")),
    Program("writer", "heartbeat", waits_for=("kafka", "clickhouse", "init")),
    Program("live", "heartbeat", waits_for=("kafka", "redis", "init"), is_essential=False),
    Program("rqworker", "heartbeat", waits_for=("redis",), is_essential=False),
    Program("cron", "heartbeat", waits_for=("redis",), is_essential=False),
    Program("gunicorn", "gunicorn", (5000,), waits_for=("mongodb", "clickhouse", "redis", "init")),
    Program("healthd", "itself", (5001,), is_essential=False),
)
BY_NAME = {program.name: program for program in PROGRAMS}
