"""Connect to Kafka, send and fetch whole batches, and tell an outage from an error."""

import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import (
    BrokerNotAvailableError,
    InvalidReplicationFactorError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    RetriableError,
    TopicAlreadyExistsError,
    UnknownError,
)
from kafka.structs import OffsetAndMetadata

from qlines.errors import StoreUnavailableError

MAX_BATCH_BYTES = 8 * 1024 * 1024  # of one record batch; the topic takes as much

# InvalidReplicationFactorError is what a broker says that does not know itself yet, just started.
OUTAGES = (
    RetriableError, KafkaConnectionError, KafkaTimeoutError, BrokerNotAvailableError,
    InvalidReplicationFactorError, UnknownError,
)  # fmt: skip

# Each of these is about healing: with kafka-python's defaults an outage of 30 s costs up to
# another 30 s of waiting between two attempts to connect. Its metrics cost CPU, nobody reads them.
CONNECTION = {
    "client_id": "qlines",
    "bootstrap_timeout_ms": 3_000,
    "reconnect_backoff_ms": 50,
    "reconnect_backoff_max_ms": 500,
    "retry_backoff_ms": 50,
}
WITHOUT_METRICS: dict[str, Any] = {**CONNECTION, "metrics_enabled": False}  # the admin has none

Record = tuple[bytes, list[tuple[str, bytes]]]  # value and headers


def producer(bootstrap: str) -> KafkaProducer:
    """Return a producer whose records count as sent once every replica in sync has them.

    Sending twice is harmless here (a reading's key is device, key and time), so it is not
    idempotent: an idempotent producer must be made anew when the broker has forgotten it.
    """
    with raising_unavailable():
        reach(bootstrap)
        return KafkaProducer(
            **WITHOUT_METRICS,
            bootstrap_servers=bootstrap.split(","),
            acks="all",
            enable_idempotence=False,
            compression_type="lz4",
            batch_size=1024 * 1024,
            max_request_size=MAX_BATCH_BYTES,
            linger_ms=0,  # send_all() says when a batch is whole
            max_block_ms=3_000,
            request_timeout_ms=10_000,
            delivery_timeout_ms=15_000,
            allow_auto_create_topics=False,
        )


def send_all(sender: KafkaProducer, topic: str, records: Iterable[Record]) -> None:
    """Send every record and return when Kafka has them all; raise StoreUnavailableError else.

    Some may have arrived when it raises: send all of them again.
    """
    with raising_unavailable():
        sent = [sender.send(topic, value=value, headers=headers) for value, headers in records]
        sender.flush(timeout=20)
        for future in sent:
            future.get(timeout=1)


def consumer(bootstrap: str, topic: str, group: str | None, **options: Any) -> KafkaConsumer:
    """Return a consumer of every partition of *topic*; it commits only when told to.

    With a *group* it goes on after the group's last commit, or from the beginning; without one
    it starts at the end. It does not join the group, because the broker would make a restarted
    program wait until its killed predecessor's session is over (45 s): one consumer a group.
    """
    with raising_unavailable():
        reach(bootstrap)
        fetcher = KafkaConsumer(
            **(CONSUMPTION | options),
            bootstrap_servers=bootstrap.split(","),
            group_id=group,
            auto_offset_reset="earliest" if group else "latest",
        )
        partitions = fetcher.partitions_for_topic(topic)
        if not partitions:
            fetcher.close()
            raise StoreUnavailableError("kafka", LookupError(f"topic {topic} does not exist yet"))
        assigned = [TopicPartition(topic, number) for number in sorted(partitions)]
        fetcher.assign(assigned)
        if group is None:
            fetcher.seek_to_end(*assigned)
        return fetcher


CONSUMPTION = WITHOUT_METRICS | {
    "enable_auto_commit": False,
    "allow_auto_create_topics": False,
    "fetch_max_wait_ms": 500,  # the broker answers at once when there is something
    "fetch_max_bytes": 16 * 1024 * 1024,
    "max_partition_fetch_bytes": MAX_BATCH_BYTES,
    "request_timeout_ms": 10_000,
    "max_poll_records": 1_000,
}


def fetch(fetcher: KafkaConsumer, timeout_ms: int, max_records: int | None = None) -> list[Any]:
    """Return the next records, in order within their partition; none after *timeout_ms*."""
    with raising_unavailable():
        found = fetcher.poll(timeout_ms=timeout_ms, max_records=max_records)
        return [record for records in found.values() for record in records]


def go_back(fetcher: KafkaConsumer, to_ms: int) -> None:
    """Go on with the first record sent at *to_ms* or later; with the next one when there is none.

    The end is looked up first, so that nothing falls between the two questions; kafka-python's
    own seek_to_end() finds the end only with the next fetch.
    """
    with raising_unavailable():
        ends = fetcher.end_offsets(list(fetcher.assignment()))
        found = fetcher.offsets_for_times(dict.fromkeys(ends, to_ms))
        for partition, end in ends.items():
            place = found.get(partition)
            fetcher.seek(partition, place.offset if place else end)


def commit(fetcher: KafkaConsumer, offsets: dict[TopicPartition, int]) -> None:
    """Remember for the consumer's group where to go on: the offset of the next record."""
    with raising_unavailable():
        fetcher.commit(
            {part: OffsetAndMetadata(offset, "", -1) for part, offset in offsets.items()},
            timeout_ms=5_000,
        )


def lag(fetcher: KafkaConsumer) -> int:
    """Return how many records lie behind what the consumer's group has committed."""
    with raising_unavailable():
        parts = list(fetcher.assignment())
        ends = fetcher.end_offsets(parts)
        return sum(max(0, ends[part] - (fetcher.committed(part) or 0)) for part in parts)


def ensure_topic(
    bootstrap: str, topic: str, configs: dict[str, str], *, partitions: int = 1
) -> bool:
    """Make the topic when it is not there, and return whether it was made; its settings apply."""
    with raising_unavailable():
        reach(bootstrap)
        admin = KafkaAdminClient(**CONNECTION, bootstrap_servers=bootstrap.split(","))
        try:
            wish = {"num_partitions": partitions, "replication_factor": 1, "configs": configs}
            admin.create_topics({topic: wish}, timeout_ms=5_000)
        except TopicAlreadyExistsError:
            return False
        finally:
            admin.close()
        return True


def reach(bootstrap: str) -> None:
    """Raise OSError when no server of *bootstrap* takes a connection.

    kafka-python's clients try for seconds and leave a thread behind when they find nobody.
    """
    cause: OSError | None = None
    for address in bootstrap.split(","):
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=2).close()
        except OSError as error:
            cause = error
        else:
            return
    raise cause or OSError("no address was given")


@contextmanager
def raising_unavailable() -> Iterator[None]:
    """Turn errors of an outage into StoreUnavailableError; others pass."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailableError("kafka", error) from error
    except KafkaError as error:
        if error.retriable or isinstance(error, OUTAGES):
            raise StoreUnavailableError("kafka", error) from error
        raise
