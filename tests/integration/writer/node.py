"""A writer of one node, whose ClickHouse is a file: ``python -m tests.integration.writer.node``.

Arguments: Kafka's address, the prefix of its names, the node's name, a folder. It appends a line
``device number`` to the file ``stored`` for each reading, and refuses while there is a file
``refuse``, as a ClickHouse that does not answer.
"""

import logging
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from kafka import KafkaConsumer

from qlines.addresses.kafka import KafkaAddress
from qlines.clients import kafka
from qlines.clock import SystemClock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.reading import Reading
from qlines.retry import wait_for_store
from qlines.runloop import run
from qlines.stop import Stop
from qlines.telemetry_record import TOPIC, WRITER_GROUP
from qlines.writer import recovery
from qlines.writer.buffer import Buffer
from qlines.writer.loop import Commit, Writer
from qlines.writer.own_source import OwnSource


def main() -> None:
    """Write until a signal asks to stop."""
    server, prefix, node, folder_name = sys.argv[1:]
    logging.basicConfig(level=logging.INFO, format="%(name)s %(message)s")
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    folder = Path(folder_name)
    clock, stop = SystemClock(), Stop().on_signals()
    heartbeat = Heartbeat(folder / node, "writer", clock)
    connect = partial(
        kafka.consumer,
        KafkaAddress(server, topic_prefix=prefix),
        TOPIC,
        WRITER_GROUP,
        node=node,
        metadata_max_age_ms=1_000,
    )
    consumer = wait_for_store(connect, stop=stop, clock=clock, heartbeat=heartbeat)

    def resume(consumer: KafkaConsumer) -> Commit:
        commits = recovery.resume(consumer, [], boot_id="monday", clock=clock, note=_ignore)
        return commits.commit

    def make_writer(consumer: KafkaConsumer, commit: Commit, counters: Counter[str]) -> Writer:
        insert: Callable[[list[Reading]], int] = partial(_insert, folder)
        return Writer(
            consumer,
            commit,
            insert,
            len,
            buffer=Buffer(has_latest=False),
            heartbeat=heartbeat,
            clock=clock,
            counters=counters,
        )

    source = OwnSource(consumer, resume, make_writer)
    run(source.run_once, stop=stop, clock=clock, heartbeat=heartbeat, idle_seconds=0.0)


def _insert(folder: Path, readings: list[Reading]) -> int:
    if (folder / "refuse").exists():
        raise StoreUnavailableError("clickhouse", OSError("the test says so"))
    with (folder / "stored").open("a") as stored:
        stored.write("".join(f"{one.device} {one.values['number']}\n" for one in readings))
    return len(readings)


def _ignore(_note: str) -> None:
    pass


if __name__ == "__main__":
    main()
