from types import SimpleNamespace

import pytest
from kafka import TopicPartition
from kafka.errors import (
    CommitFailedError,
    FencedInstanceIdError,
    KafkaConnectionError,
    KafkaTimeoutError,
    LeaderNotAvailableError,
    LogTruncationError,
    MessageSizeTooLargeError,
    NodeNotReadyError,
    OffsetOutOfRangeError,
    RebalanceInProgressError,
)
from kafka.structs import OffsetAndMetadata

from qlines.addresses.kafka import KafkaAddress
from qlines.clients import kafka
from qlines.clients.kafka_consumers import AssignmentChangedError
from qlines.errors import StoreRefusedError, StoreUnavailableError

PART = TopicPartition("telemetry", 0)


@pytest.mark.parametrize(
    "error",
    [
        KafkaConnectionError("reset"),
        KafkaTimeoutError("late"),
        NodeNotReadyError("connecting"),
        LeaderNotAvailableError("electing"),
        OSError("refused"),
    ],
)
def test_an_outage_becomes_store_unavailable(error):
    with (
        pytest.raises(StoreUnavailableError, match="kafka does not answer"),
        kafka.raising_unavailable(),
    ):
        raise error


def test_other_errors_pass_through():
    with pytest.raises(MessageSizeTooLargeError), kafka.raising_unavailable():
        raise MessageSizeTooLargeError("9 MiB")


def test_it_fetches_records_in_order_with_their_place():
    fetched = SimpleNamespace(offset=7, timestamp=5, value=b"[]", headers=[("version", b"1")])
    fetcher = SimpleNamespace(poll=lambda timeout_ms, max_records: {PART: [fetched]})

    assert kafka.fetch(fetcher, 100) == [kafka.Record(PART, 7, 5, b"[]", [("version", b"1")])]


def test_it_commits_the_offset_of_the_next_record():
    committed = []
    fetcher = SimpleNamespace(commit=lambda offsets, timeout_ms: committed.append(offsets))

    kafka.commit(fetcher, {PART: 42})

    assert committed[0][PART].offset == 42


@pytest.mark.parametrize("error", [CommitFailedError(), RebalanceInProgressError()])
def test_a_commit_of_what_another_node_reads_now_is_no_outage(error):
    def commit(*_arguments, **_options):
        raise error

    member = kafka.GroupConsumer.__new__(kafka.GroupConsumer)
    member.commit = commit

    with pytest.raises(AssignmentChangedError, match="shares its partitions again"):
        kafka.commit(member, {PART: 42})
    with pytest.raises(StoreRefusedError, match="several nodes share this group"):
        kafka.commit(SimpleNamespace(commit=commit), {PART: 42})


def test_a_node_whose_name_another_one_has_is_told_so():
    with (
        pytest.raises(StoreRefusedError, match="each needs a name of its own"),
        kafka.raising_unavailable(),
    ):
        raise FencedInstanceIdError


def test_the_lag_is_what_the_group_has_not_committed():
    fetcher = SimpleNamespace(
        assignment=lambda: {PART},
        end_offsets=lambda parts: {PART: 50},
        committed=lambda part: 42,
    )

    assert kafka.lag(fetcher) == 8


def test_the_lag_is_every_record_when_the_group_never_committed():
    fetcher = SimpleNamespace(
        assignment=lambda: {PART},
        end_offsets=lambda parts: {PART: 50},
        committed=lambda part: None,
    )

    assert kafka.lag(fetcher) == 50


def test_it_raises_store_unavailable_at_once_when_no_broker_listens(monkeypatch):
    def refuse(*_arguments, **_options):
        raise ConnectionRefusedError("no listener")

    monkeypatch.setattr("socket.create_connection", refuse)

    with pytest.raises(StoreUnavailableError, match="no listener"):
        kafka.producer(KafkaAddress("127.0.0.1:1,127.0.0.1:2"))


class Group:
    """A consumer of one partition whose group has committed *committed* with the note "safe"."""

    def __init__(self, *, end, committed):
        self._end = end
        self._committed = OffsetAndMetadata(committed, "safe", -1) if committed else None
        self.commits = []

    def assignment(self):
        return {PART}

    def beginning_offsets(self, parts):
        return {PART: 5}

    def end_offsets(self, parts):
        return {PART: self._end}

    def committed(self, part, *, metadata, timeout_ms):
        return self._committed

    def commit(self, offsets, timeout_ms):
        self.commits.append(offsets[PART][:2])


def test_a_position_has_the_note_of_the_commit():
    assert kafka.positions(Group(end=50, committed=42)) == {PART: kafka.Position(5, 50, 42, "safe")}
    assert kafka.positions(Group(end=50, committed=None)) == {PART: kafka.Position(5, 50, None, "")}


@pytest.mark.parametrize(
    ("end", "committed", "commits"),
    [(50, 42, []), (50, 50, []), (40, 42, [(40, "safe")]), (40, None, [])],
)
def test_a_commit_behind_the_end_of_the_log_is_lowered_to_it(end, committed, commits):
    group = Group(end=end, committed=committed)

    kafka.lower_commits(group)

    assert group.commits == commits


@pytest.mark.parametrize("error", [OffsetOutOfRangeError({}), LogTruncationError("cut")])
def test_a_place_that_the_log_has_lost_is_no_outage(error):
    def poll(**_options):
        raise error

    with pytest.raises(kafka.PositionLostError):
        kafka.fetch(SimpleNamespace(poll=poll), 100)


def test_it_is_behind_by_what_was_not_fetched():
    fetcher = SimpleNamespace(
        assignment=lambda: {PART},
        end_offsets=lambda parts, timeout_ms: {PART: 50},
        position=lambda part, timeout_ms: 42,
    )

    assert kafka.behind(fetcher) == 8


def test_the_epoch_of_a_log_tells_whether_its_broker_was_restarted():
    cluster = SimpleNamespace(leader_epoch_for_partition=lambda part: 6)

    epochs = kafka.epochs(SimpleNamespace(assignment=lambda: {PART}, _cluster=cluster))

    assert epochs == {PART: 6}


def test_a_consumer_that_cannot_connect_leaves_no_thread_behind(monkeypatch):
    closed = []

    def refuse(kafka_client):
        kafka_client()
        raise KafkaConnectionError("refused")

    monkeypatch.setattr(
        kafka, "KafkaNetClient", lambda: SimpleNamespace(close=lambda: closed.append(True))
    )

    with pytest.raises(KafkaConnectionError):
        kafka._connect(refuse)
    assert closed == [True]
