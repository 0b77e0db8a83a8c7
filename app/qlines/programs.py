"""The programs of the appliance: one table, from which every other list of them follows.

supervisord.conf and the documents cannot import it; tests/unit/test_programs.py compares them.
"""

from typing import NamedTuple

from appliance.shared.twin import LINK_PORTS


class Program(NamedTuple):
    """One program under supervisord.

    *probe* is the module of `healthcheck.probes` that asks it, on the first of its *ports*;
    "heartbeat" judges the file that the program writes, "once" the exit status of a one-shot,
    "links" tries those to other machines, "itself" is the health checker.

    Two facts that are easily confused: while a program that *is_needed_for_ready* is not well,
    people cannot sign in or see their data, or devices cannot connect, so traffic should go
    elsewhere; when a program that *ends_container* cannot be started, the container ends, so that
    Docker restarts all of it, and a start is complete only when all of these are well. Kafka, for
    example, is of the second kind only: while it restarts, messages wait in the spool.

    *waits_for* is the wait graph: when one of these is not well, it is the cause.
    *starts_within_seconds*: a program that is silent for longer than that has failed.
    *max_silent_seconds*: a loop without a heartbeat for longer than that hangs. It must exceed the
    timeouts of the store calls that the loop makes between two heartbeats.
    *stores* are those whose schema init prepares for this program; a store names itself, so that
    the container that runs it prepares it for programs in other containers too.
    *source* names the folders of `app/qlines`, or `healthcheck`, that only programs naming them
    import; every Python program imports the others.
    *is_for_twins*: it runs only where this VM is paired with another one; *is_for_nodes*: only
    where this container is one of several nodes beside the same stores.
    """

    name: str
    probe: str
    ports: tuple[int, ...] = ()
    waits_for: tuple[str, ...] = ()
    is_needed_for_ready: bool = False
    ends_container: bool = True
    starts_within_seconds: float = 60.0
    max_silent_seconds: float = 40.0  # a MongoDB socket times out after 30 s
    stores: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    is_for_twins: bool = False
    is_for_nodes: bool = False

    @property
    def is_one_shot(self) -> bool:
        """Whether the program ends by itself when its work is done."""
        return self.probe == "once"


STORES = ("mongodb", "clickhouse", "kafka")

# In the order in which supervisord starts them.
PROGRAMS = (
    # First to start and last to stop: a store hands over to its twin when it is stopped.
    Program("links", "links", (LINK_PORTS["app"],), ends_container=False, is_for_twins=True),
    Program("redis", "redis", (6379,), starts_within_seconds=30),
    Program("mongodb", "mongodb", (27017,), is_needed_for_ready=True, stores=("mongodb",)),
    # HTTP first: the probe speaks it. 9000 is the native protocol of the programs.
    Program(
        "clickhouse",
        "clickhouse",
        (7010, 9000, 9009),
        is_needed_for_ready=True,
        stores=("clickhouse",),
    ),
    Program("kafka", "kafka", (9092, 9093), stores=("kafka",)),
    Program(
        "twin",
        "heartbeat",
        waits_for=("mongodb",),
        ends_container=False,
        source=("twin",),
        is_for_twins=True,
    ),
    Program(
        "node",
        "heartbeat",
        waits_for=("mongodb",),
        ends_container=False,
        source=("node",),
        is_for_nodes=True,
    ),
    Program("init", "once", waits_for=STORES, source=("init",)),
    Program(
        "registry",
        "heartbeat",
        waits_for=("mongodb", "init"),
        stores=("mongodb",),
        source=("registry", "brokers", "downlink"),
    ),
    Program("mosquitto", "mosquitto", (1883,), waits_for=("registry",), is_needed_for_ready=True),
    Program(
        "ingest",
        "heartbeat",
        waits_for=("init", "kafka", "mongodb"),
        stores=("mongodb", "kafka"),
        source=("ingest",),
    ),
    Program(
        "writer",
        "heartbeat",
        waits_for=("init", "kafka", "clickhouse"),
        max_silent_seconds=75,  # an insert may take 60 s
        stores=("clickhouse", "kafka"),
        source=("writer",),
    ),
    Program(
        "live",
        "heartbeat",
        waits_for=("init", "kafka", "redis"),
        ends_container=False,
        stores=("kafka",),
        source=("live",),
    ),
    Program(
        "alarms",
        "heartbeat",
        waits_for=("init", "kafka", "mongodb"),
        ends_container=False,
        stores=("mongodb", "kafka"),
        source=("alarms",),
    ),
    Program(
        "rqworker",
        "heartbeat",
        waits_for=("redis",),
        ends_container=False,
        stores=("mongodb", "clickhouse"),
        source=("jobs",),
    ),
    Program(
        "messenger",
        "heartbeat",
        waits_for=("redis", "mongodb"),
        ends_container=False,
        stores=("mongodb",),
        source=("jobs",),
    ),
    Program(
        "cron",
        "heartbeat",
        waits_for=("redis",),
        ends_container=False,
        source=("jobs",),
    ),
    Program(
        "gunicorn",
        "gunicorn",
        (5000,),
        waits_for=("init", "mongodb", "clickhouse", "redis"),
        is_needed_for_ready=True,
        stores=("mongodb", "clickhouse"),
        source=("web", "jobs"),
    ),
    Program(
        "healthd",
        "itself",
        (5001,),
        ends_container=False,
        source=("healthcheck",),
    ),
)
BY_NAME = {program.name: program for program in PROGRAMS}
NAMES = tuple(BY_NAME)
FOR_TWINS = frozenset(program.name for program in PROGRAMS if program.is_for_twins)
FOR_NODES = frozenset(program.name for program in PROGRAMS if program.is_for_nodes)
