import pytest
from kafka import TopicPartition

from backup.errors import BackupError
from backup.sources import kafka_offsets
from backup.sources.kafka_offsets import Offsets, Stretch
from qlines.clients.kafka import Position
from qlines.clients.kafka_topic import Topic

SAME, OTHER = "cluster 1", "cluster 2"
TOPIC = Topic(SAME, 1, {"retention.ms": "-1"})
PART = TopicPartition("telemetry", 0)


def found(first=100, end=1_000, committed=900):
    return {PART: Position(first, end, committed, "note")}


def dumped(begin=500, end=600):
    return Offsets(TOPIC, {0: Stretch(begin, end, "note")})


@pytest.mark.parametrize(
    ("position", "begin"),
    [
        (Position(100, 1_000, 900, ""), 900),
        (Position(100, 1_000, None, ""), 100),  # the writer never committed
        (Position(100, 1_000, 50, ""), 100),  # Kafka deleted what was not stored
        (Position(100, 800, 900, ""), 800),  # Kafka lost the end of its log
    ],
)
def test_the_backlog_begins_where_the_writer_would_resume(position, begin):
    offsets = kafka_offsets.of(TOPIC, {PART: position})

    assert offsets.partitions[0] == Stretch(begin, position.end, "")


def test_the_backlog_reaches_the_end_as_it_is_after_clickhouses_dump():
    assert kafka_offsets.to_end(dumped(500, 600), {0: 700}).partitions[0].end == 700


@pytest.mark.parametrize("ends", [{0: 400}, {}])
def test_a_log_that_ends_before_it_leaves_an_empty_backlog(ends):
    assert kafka_offsets.to_end(dumped(500, 600), ends) == dumped(500, 500)


def test_records_that_were_deleted_since_then_are_noticed():
    assert kafka_offsets.deleted(dumped(500, 600), found(first=501)) == [0]


def test_nothing_is_missing_when_only_older_records_were_deleted():
    assert kafka_offsets.deleted(dumped(500, 600), found(first=500)) == []
    assert kafka_offsets.deleted(dumped(500, 500), found(first=501)) == []


@pytest.mark.parametrize(
    ("cluster", "position", "target"),
    [
        (SAME, {}, 500),
        (SAME, {"committed": 400}, None),  # at its own commit, which is lower
        (SAME, {"committed": 500}, None),  # as after a first run
        (SAME, {"first": 700}, 700),  # Kafka has deleted the rest
        (SAME, {"committed": None}, None),  # it begins at the beginning anyway
        (OTHER, {}, 100),
        (OTHER, {"committed": None}, None),
        (OTHER, {"committed": 100}, None),
    ],
)
def test_the_writer_goes_back_to_what_the_restored_clickhouse_has(cluster, position, target):
    rewound = kafka_offsets.rewinds(dumped(), cluster, found(**position))

    assert rewound == ({} if target is None else {PART: target})


def test_a_partition_that_the_backup_does_not_know_is_read_from_its_beginning():
    new = TopicPartition("telemetry", 1)

    rewound = kafka_offsets.rewinds(dumped(), SAME, {new: Position(3, 1_000, 900, "")})

    assert rewound == {new: 3}


@pytest.mark.parametrize(
    ("cluster", "position", "has"),
    [
        (SAME, {}, True),
        (SAME, {"first": 500, "end": 600}, True),
        (SAME, {"first": 501}, False),
        (SAME, {"end": 599}, False),
        (OTHER, {}, False),
    ],
)
def test_the_log_has_the_backlog_when_it_is_the_same_and_long_enough(cluster, position, has):
    assert kafka_offsets.has_backlog(dumped(), cluster, found(**position)) is has


def test_an_empty_backlog_is_in_any_log_of_the_same_cluster():
    assert kafka_offsets.has_backlog(dumped(500, 500), SAME, found(first=700))


def test_a_partition_that_is_gone_has_no_backlog():
    assert not kafka_offsets.has_backlog(dumped(), SAME, {})


def test_they_are_stored_as_json():
    assert kafka_offsets.from_json(kafka_offsets.to_json(dumped())) == dumped()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"offsets": {"0": {"begin": 1}}}'])
def test_any_other_text_is_refused(text):
    with pytest.raises(BackupError, match="not Kafka's offsets"):
        kafka_offsets.from_json(text)
