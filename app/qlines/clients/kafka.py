"""Connect to Kafka, fetch, seek and commit, and tell an outage from an error."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, NamedTuple

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import (
    AuthorizationError,
    BrokerNotAvailableError,
    CommitFailedError,
    FencedInstanceIdError,
    InvalidReplicationFactorError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    LogTruncationError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    RebalanceInProgressError,
    RetriableError,
    SaslAuthenticationFailedError,
    UnknownError,
)
from kafka.net.compat import KafkaNetClient
from kafka.structs import OffsetAndMetadata

from qlines.addresses.kafka import KafkaAddress
from qlines.clients import kafka_access
from qlines.clients.kafka_consumers import (
    MEMBERSHIP,
    AllPartitionsConsumer,
    AssignmentChangedError,
    GroupConsumer,
)
from qlines.errors import QLinesError, StoreRefusedError, StoreUnavailableError

MAX_BATCH_BYTES = 8 * 1024 * 1024  # of one record batch; the topic takes as much

# A broker that just started answers InvalidReplicationFactorError until it has registered itself.
OUTAGES = (
    RetriableError, KafkaConnectionError, KafkaTimeoutError, BrokerNotAvailableError,
    InvalidReplicationFactorError, UnknownError,
)  # fmt: skip

REFUSALS = (AuthorizationError, SaslAuthenticationFailedError)

LOST = (OffsetOutOfRangeError, LogTruncationError, NoOffsetForPartitionError)

# For a quick recovery: with kafka-python's defaults an outage of 30 s costs up to another 30 s
# between two attempts to connect. Its metrics cost CPU, and nothing reads them.
CONNECTION = {
    "client_id": "qlines",
    "bootstrap_timeout_ms": 3_000,
    "reconnect_backoff_ms": 50,
    "reconnect_backoff_max_ms": 500,
    "retry_backoff_ms": 50,
    "metadata_max_age_ms": 30_000,  # until partitions that were added are noticed
}
# The admin client does not know the option metrics_enabled.
WITHOUT_METRICS: dict[str, Any] = {**CONNECTION, "metrics_enabled": False}


class PositionLostError(QLinesError):
    """The log no longer has the record at which a consumer stands: it was deleted, or cut off."""


class GroupHasMembersError(StoreRefusedError):
    """Only the members of a group may commit for it: the nodes that share its partitions."""


class Record(NamedTuple):
    """A fetched record; *written_ms* is when it was written to Kafka, epoch milliseconds."""

    partition: TopicPartition
    offset: int
    written_ms: int
    value: bytes | None
    headers: list[tuple[str, bytes]]


class Position(NamedTuple):
    """The first offset of a partition, the next one to be written, and the group's commit."""

    first: int
    end: int
    committed: int | None
    note: str


ANSWER_MS = 5_000
MEMBERS = (
    "several nodes share this group, and this container does not belong to them: set QLINES_NODE"
    " here too, or another QLINES_KAFKA_TOPIC_PREFIX"
)
NO_NOTES: Mapping[TopicPartition, str] = MappingProxyType({})


def producer(address: KafkaAddress) -> KafkaProducer:
    """Return a producer whose records count as sent once every in-sync replica has them.

    Sending twice is harmless here (a point's key is device, key and time), so it is not
    idempotent: an idempotent producer must be replaced when the broker has forgotten its id.
    Raise StoreUnavailableError when no broker answers.
    """
    with raising_unavailable():
        kafka_access.check_access(address)
        return KafkaProducer(
            **WITHOUT_METRICS,
            **kafka_access.options(address),
            acks="all",
            enable_idempotence=False,
            compression_type="lz4",
            batch_size=1024 * 1024,
            max_request_size=MAX_BATCH_BYTES,
            linger_ms=0,  # the publisher flushes after each batch, so waiting only adds latency
            max_block_ms=3_000,
            request_timeout_ms=10_000,
            delivery_timeout_ms=15_000,
            allow_auto_create_topics=False,
        )


def consumer(
    address: KafkaAddress, topic: str, group: str | None, *, node: str = "", **options: Any
) -> KafkaConsumer:
    """Return a consumer of *topic*; only commit() commits.

    *topic* and *group* are without the prefix that *address* gives them.

    With a *group* it resumes after the group's last commit, or at the beginning; without one it
    starts at the end. It reads every partition, unless it is of a *node*: then it shares them with
    the group's members on other nodes (kafka_consumers.py has both). *options* override CONSUMPTION
    and where it starts.
    Raise StoreUnavailableError when no broker answers or the topic does not exist yet.
    """
    with raising_unavailable():
        kafka_access.check_access(address)
        begin = {"auto_offset_reset": "earliest" if group else "latest"}
        membership = {"group_instance_id": node, **MEMBERSHIP} if node else {}
        fetcher: Any = _connect(
            GroupConsumer if node else AllPartitionsConsumer,
            **(CONSUMPTION | membership | begin | options),
            **kafka_access.options(address),
            group_id=address.named(group) if group else None,
        )
        name = address.named(topic)
        if not (fetcher.join(name) if node else fetcher.read_all_of(name)):
            fetcher.close()
            raise StoreUnavailableError("kafka", LookupError(f"topic {name} does not exist yet"))
        if group is None:
            fetcher.seek_to_end(*fetcher.assignment())
        return fetcher


def _connect(of: type[KafkaConsumer], **options: Any) -> KafkaConsumer:
    """Return a consumer; one that cannot connect must not leave its network thread behind."""
    clients: list[Any] = []

    def make_client(**client_options: Any) -> Any:
        clients.append(KafkaNetClient(**client_options))
        return clients[-1]

    try:
        return of(**options, kafka_client=make_client)
    except BaseException:
        for client in clients:
            client.close()
        raise


CONSUMPTION = WITHOUT_METRICS | {
    "enable_auto_commit": False,
    "allow_auto_create_topics": False,
    "fetch_max_wait_ms": 500,  # the broker answers at once when there are records
    "fetch_max_bytes": 16 * 1024 * 1024,
    "max_partition_fetch_bytes": MAX_BATCH_BYTES,
    "request_timeout_ms": 10_000,
    "max_poll_records": 1_000,
}


def fetch(fetcher: KafkaConsumer, timeout_ms: int, max_records: int | None = None) -> list[Record]:
    """Return the next records, in order within their partition; an empty list after *timeout_ms*.

    Raise StoreUnavailableError when Kafka does not answer, AssignmentChangedError when the consumer
    reads other partitions now, and PositionLostError when the log has no such record and the
    consumer has the option auto_offset_reset="none".
    """
    try:
        with raising_unavailable():
            by_partition = fetcher.poll(timeout_ms=timeout_ms, max_records=max_records)
    except LOST as error:
        raise PositionLostError(f"the log has no record at this position: {error!r}") from error
    return [
        Record(partition, record.offset, record.timestamp, record.value, record.headers)
        for partition, records in by_partition.items()
        for record in records
    ]


def seek_to_time(fetcher: KafkaConsumer, time_ms: int) -> None:
    """Seek each partition to the first record written at or after *time_ms*, else to its end.

    The ends are looked up first, so that no record falls between the two requests; kafka-python's
    own seek_to_end() looks the end up only with the next fetch. After stay() it fetches again.
    Raise StoreUnavailableError when Kafka does not answer.
    """
    with raising_unavailable():
        ends = fetcher.end_offsets(list(fetcher.assignment()))
        offsets = fetcher.offsets_for_times(dict.fromkeys(ends, time_ms))
        for partition, end in ends.items():
            first = offsets.get(partition)
            fetcher.seek(partition, first.offset if first else end)
            fetcher.resume(partition)


def offsets_at(
    fetcher: KafkaConsumer, times_ms: Mapping[TopicPartition, int]
) -> dict[TopicPartition, int | None]:
    """Return the offset of the first record written at or after each time; None when all are older.

    Raise StoreUnavailableError when Kafka does not answer.
    """
    if not times_ms:
        return {}
    with raising_unavailable():
        found = fetcher.offsets_for_times(dict(times_ms))
    return {part: found[part].offset if found.get(part) else None for part in times_ms}


def seek(fetcher: KafkaConsumer, offsets: Mapping[TopicPartition, int]) -> None:
    """Fetch from these offsets next, also after stay()."""
    for part, offset in offsets.items():
        fetcher.seek(part, offset)
        fetcher.resume(part)


def commit(
    fetcher: KafkaConsumer,
    offsets: Mapping[TopicPartition, int],
    notes: Mapping[TopicPartition, str] = NO_NOTES,
) -> None:
    """Commit the next offset of each partition, with a note, for the consumer's group.

    Raise StoreUnavailableError when Kafka does not answer, AssignmentChangedError when the group
    has given the partitions to somebody else, and GroupHasMembersError when the consumer is not a
    member of the group.
    """
    try:
        with raising_unavailable():
            fetcher.commit(
                {
                    part: OffsetAndMetadata(offset, notes.get(part, ""), -1)
                    for part, offset in offsets.items()
                },
                timeout_ms=ANSWER_MS,
            )
    except (CommitFailedError, RebalanceInProgressError) as error:
        if not isinstance(fetcher, GroupConsumer):
            raise GroupHasMembersError("kafka", MEMBERS) from error
        raise AssignmentChangedError(f"the group shares its partitions again: {error}") from error


def stay(fetcher: KafkaConsumer) -> None:
    """Fetch nothing, and remain a member of the group, or join it; seek before the next fetch.

    Raise StoreUnavailableError when Kafka does not answer, and AssignmentChangedError.
    """
    if not isinstance(fetcher, GroupConsumer):
        return
    fetcher.pause(*fetcher.assignment())
    with raising_unavailable():
        fetcher.poll(timeout_ms=0)


def positions(fetcher: KafkaConsumer) -> dict[TopicPartition, Position]:
    """Return where each partition begins and ends, and what the consumer's group has committed.

    The end is read before the commit, see lower_commits(). Raise StoreUnavailableError when Kafka
    does not answer.
    """
    with raising_unavailable():
        parts = list(fetcher.assignment())
        ends, firsts = fetcher.end_offsets(parts), fetcher.beginning_offsets(parts)
        commits = {
            part: fetcher.committed(part, metadata=True, timeout_ms=ANSWER_MS) for part in parts
        }
    return {
        part: Position(
            firsts[part],
            ends[part],
            commits[part].offset if commits[part] else None,
            commits[part].metadata if commits[part] else "",
        )
        for part in parts
    }


def ends(fetcher: KafkaConsumer) -> dict[TopicPartition, int]:
    """Return the next offset to be written of each partition; StoreUnavailableError as above."""
    with raising_unavailable():
        found: dict[TopicPartition, int] = fetcher.end_offsets(
            list(fetcher.assignment()), timeout_ms=ANSWER_MS
        )
    return found


def epochs(fetcher: KafkaConsumer) -> dict[TopicPartition, int]:
    """Return each partition's leader epoch, which grows whenever its broker was restarted."""
    cluster = fetcher._cluster  # kafka-python has no other way to it
    return {part: cluster.leader_epoch_for_partition(part) or 0 for part in fetcher.assignment()}


def log_id(fetcher: KafkaConsumer) -> str:
    """Return the id of the topic that is read: another one after it was created again."""
    topic = next(iter(fetcher.assignment())).topic
    return str(fetcher._cluster.topic_id(topic))  # as above


def firsts(fetcher: KafkaConsumer) -> dict[TopicPartition, int]:
    """Return the offset of the oldest record of each partition; StoreUnavailableError as above."""
    with raising_unavailable():
        found: dict[TopicPartition, int] = fetcher.beginning_offsets(list(fetcher.assignment()))
    return found


def behind(fetcher: KafkaConsumer) -> int:
    """Return how many records the consumer has not fetched yet.

    Raise StoreUnavailableError when Kafka does not answer.
    """
    with raising_unavailable():
        found = ends(fetcher).items()
        return sum(max(0, end - fetcher.position(part, ANSWER_MS)) for part, end in found)


def lower_commits(fetcher: KafkaConsumer) -> None:
    """Commit the end of each partition that ends before the group's commit.

    Kafka has lost the end of its log then. Call it before anything is published: as soon as the log
    has grown beyond the commit again, the group would skip what lies between. A consumer of the
    group that starts at that moment reads the end before the commit, so it sees one of the two.
    """
    found = positions(fetcher)
    lowered = {
        part: position
        for part, position in found.items()
        if (position.committed or 0) > position.end
    }
    if lowered:
        commit(
            fetcher,
            {part: position.end for part, position in lowered.items()},
            {part: position.note for part, position in lowered.items()},
        )


def lag(fetcher: KafkaConsumer) -> int:
    """Return how many records the consumer's group has not committed yet.

    Raise StoreUnavailableError when Kafka does not answer.
    """
    with raising_unavailable():
        if isinstance(fetcher, AllPartitionsConsumer):
            fetcher.assign_new_partitions()  # ingest asks, and never fetches
        parts = list(fetcher.assignment())
        ends = fetcher.end_offsets(parts)
        return sum(max(0, ends[part] - (fetcher.committed(part) or 0)) for part in parts)


@contextmanager
def raising_unavailable() -> Iterator[None]:
    """Raise StoreUnavailableError for the errors of an outage; others pass through.

    A right that is missing, or a node's name that another one has, raises StoreRefusedError, which
    is a StoreUnavailableError.
    """
    try:
        yield
    except OSError as error:
        raise StoreUnavailableError("kafka", error) from error
    except FencedInstanceIdError as error:
        reason = "another node came with the same QLINES_NODE: each needs a name of its own"
        raise StoreRefusedError("kafka", reason) from error
    except REFUSALS as error:
        reason = f"QLINES_KAFKA_USERNAME lacks a right there: {error!r}"
        raise StoreRefusedError("kafka", reason) from error
    except KafkaError as error:
        if error.retriable or isinstance(error, OUTAGES):
            raise StoreUnavailableError("kafka", error) from error
        raise
