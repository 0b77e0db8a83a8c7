from types import SimpleNamespace

from kafka import TopicPartition

from qlines.moving.readings_follow import starts

TOPIC = "telemetry"


def test_each_partition_is_read_from_the_note_and_a_new_one_from_its_beginning():
    parts = {TopicPartition(TOPIC, number) for number in range(3)}
    consumer = SimpleNamespace(assignment=lambda: parts)

    assert starts({"0": 7, "2": 9}, consumer) == {
        TopicPartition(TOPIC, 0): 7,
        TopicPartition(TOPIC, 1): 0,
        TopicPartition(TOPIC, 2): 9,
    }
