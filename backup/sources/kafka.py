"""Kafka: what the writer had committed, the topic's settings, and the records that came after.

    offsets.json   the cluster, the topic, and the offsets of each partition (`kafka_offsets`)
    backlog.lz4    the records that ClickHouse's dump does not have (`kafka_backlog`)

A dump has two steps, with ClickHouse's between them: note_offsets() before, because everything that
is committed is in ClickHouse, and dump() after, because the log has what came since.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from backup.counts import Counts
from backup.errors import BackupError
from backup.sources import kafka_backlog, kafka_offsets
from backup.sources.kafka_backlog import BacklogRecord
from backup.sources.kafka_offsets import Offsets
from qlines.clients import kafka, kafka_topic
from qlines.clock import SystemClock
from qlines.errors import StoreUnavailableError
from qlines.init.stores import TOPIC_CONFIGS
from qlines.settings import Settings
from qlines.spool.retention import machine_boot_id
from qlines.telemetry_record import TOPIC, WRITER_GROUP
from qlines.writer.rewind import CommitNote, SafeCommit

OFFSETS = "offsets.json"
FETCH_BYTES = 1024 * 1024  # a fetch is held decompressed, about five times as much
FETCH_MS = 1_000
MAX_EMPTY_FETCHES = 30
FLUSH_BYTES = 8 * 1024 * 1024
FLUSH_SECONDS = 60


def note_offsets(settings: Settings, folder: Path) -> Counts:
    """Write where the writer is, ahead of ClickHouse's dump; nothing is counted yet.

    Raise StoreUnavailableError when Kafka does not answer.
    """
    topic = kafka_topic.describe(settings.kafka_address, TOPIC)
    with closing(_consumer(settings)) as consumer:
        offsets = kafka_offsets.of(topic, kafka.positions(consumer))
    (folder / OFFSETS).write_text(kafka_offsets.to_json(offsets))
    return {}


def dump(settings: Settings, folder: Path) -> Counts:
    """Write the records from the noted offsets up to the end as it is now.

    Raise BackupError when Kafka has deleted some of them since then, as it may when the disk is
    short, and StoreUnavailableError when it does not answer.
    """
    noted = kafka_offsets.from_json((folder / OFFSETS).read_text())
    with closing(_consumer(settings)) as consumer:
        found = kafka.positions(consumer)
        offsets = kafka_offsets.to_end(
            noted, {part.partition: position.end for part, position in found.items()}
        )
        count = kafka_backlog.write(folder, _records(consumer, offsets))
        gone = kafka_offsets.deleted(offsets, kafka.positions(consumer))
    if gone:
        raise BackupError(
            f"Kafka deleted records of partition {gone[0]} while they were backed up, as it does"
            " when the disk is short: add space, and run the backup again"
        )
    (folder / OFFSETS).write_text(kafka_offsets.to_json(offsets))
    return {"backlog records": count}


def restore(settings: Settings, folder: Path) -> Counts:
    """Set the writer back to what the restored ClickHouse has; the writer must be stopped.

    Create the topic if need be, give it the settings it had, and publish the backlog again unless
    the log still has it. Safe to repeat. Raise BackupError when the backlog is not complete, and
    StoreUnavailableError when Kafka does not answer.
    """
    offsets = kafka_offsets.from_json((folder / OFFSETS).read_text())
    cluster = _prepare_topic(settings, offsets)
    with closing(_consumer(settings)) as consumer:
        found = kafka.positions(consumer)
        _rewind(consumer, kafka_offsets.rewinds(offsets, cluster, found))
    if kafka_offsets.has_backlog(offsets, cluster, found):
        return {"backlog records": sum(1 for _ in kafka_backlog.read(folder))}
    partitions = {part.partition for part in found}
    return {"backlog records": _publish(settings, kafka_backlog.read(folder), partitions)}


def _consumer(settings: Settings) -> KafkaConsumer:
    return kafka.consumer(
        settings.kafka_address, TOPIC, WRITER_GROUP, max_partition_fetch_bytes=FETCH_BYTES
    )


def _records(consumer: KafkaConsumer, offsets: Offsets) -> Iterator[BacklogRecord]:
    """Yield the records of every stretch, in order within a partition."""
    stretches = {
        part: offsets.partitions[part.partition]
        for part in consumer.assignment()
        if part.partition in offsets.partitions
    }
    outstanding = {part for part, stretch in stretches.items() if stretch.begin < stretch.end}
    consumer.pause(*(consumer.assignment() - outstanding))
    kafka.seek(consumer, {part: stretches[part].begin for part in outstanding})
    empty_fetches = 0
    while outstanding:
        records = kafka.fetch(consumer, FETCH_MS)
        empty_fetches = 0 if records else empty_fetches + 1
        if empty_fetches == MAX_EMPTY_FETCHES:
            raise StoreUnavailableError("kafka", LookupError("it returns no more of its records"))
        for part, offset, written_ms, value, headers in records:
            end = stretches[part].end
            if offset < end:
                yield BacklogRecord(part.partition, offset, written_ms, headers, value or b"")
            if offset + 1 >= end and part in outstanding:
                outstanding.remove(part)
                consumer.pause(part)


def _prepare_topic(settings: Settings, offsets: Offsets) -> str:
    """Make the topic what it was, and return the id of its cluster."""
    configs = TOPIC_CONFIGS | offsets.topic.configs
    kafka_topic.ensure(settings.kafka_address, TOPIC, configs, partitions=offsets.topic.partitions)
    topic = kafka_topic.describe(settings.kafka_address, TOPIC)
    if changed := dict(configs.items() - topic.configs.items()):
        kafka_topic.configure(settings.kafka_address, TOPIC, changed)
    return topic.cluster


def _rewind(consumer: KafkaConsumer, targets: dict[TopicPartition, int]) -> None:
    """Commit *targets*, with a note for the writer that nothing before them is safe.

    With the present as the time of the safe commit, any part that ClickHouse loses afterwards makes
    the writer read all that Kafka has (writer/rewind.py).
    """
    if not targets:
        return
    boot_id, now = machine_boot_id(), SystemClock().now_us() / 1e6
    notes = {
        part: CommitNote(boot_id, SafeCommit(offset, now)).to_text()
        for part, offset in targets.items()
    }
    kafka.commit(consumer, targets, notes)


def _publish(settings: Settings, records: Iterator[BacklogRecord], partitions: set[int]) -> int:
    """Publish the records as they were, and return how many, once Kafka has them all."""
    count = unsent_bytes = 0
    sent: list[Any] = []
    with closing(kafka.producer(settings.kafka_address)) as producer, kafka.raising_unavailable():
        for record in records:
            partition = record.partition if record.partition in partitions else None
            sent.append(
                producer.send(
                    settings.kafka_address.named(TOPIC),
                    value=record.value,
                    headers=record.headers,
                    partition=partition,
                    timestamp_ms=record.written_ms,
                )
            )
            count, unsent_bytes = count + 1, unsent_bytes + len(record.value)
            if unsent_bytes >= FLUSH_BYTES:
                _wait(producer, sent)
                unsent_bytes = 0
        _wait(producer, sent)
    return count


def _wait(producer: KafkaProducer, sent: list[Any]) -> None:
    """Return once Kafka has acknowledged what was sent, and forget it."""
    producer.flush(timeout=FLUSH_SECONDS)
    for future in sent:
        future.get(timeout=0)
    sent.clear()
