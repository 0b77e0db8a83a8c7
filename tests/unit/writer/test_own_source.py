from collections import Counter

import pytest

from qlines.clients.kafka_consumers import AssignmentChangedError
from qlines.errors import StoreUnavailableError
from qlines.writer.own_source import OwnSource


class Stage:
    """A Kafka in memory; *errors* are raised by what happens next, by its name."""

    def __init__(self):
        self.calls, self.errors, self.lag_ms = [], {}, 70
        self.source = OwnSource("consumer", self.resume, self.make_writer)

    def call(self, name):
        self.calls.append(name)
        if name in self.errors:
            raise self.errors.pop(name)
        return True

    def resume(self, consumer):
        assert consumer == "consumer"
        self.call("resume")
        return "commit"

    def make_writer(self, consumer, commit, counters):
        assert (consumer, commit) == ("consumer", "commit")
        self.counters = counters
        return self

    def run_once(self):
        self.counters["records"] += 1
        return self.call("write")

    def close(self):
        self.call("close")


@pytest.fixture
def stage():
    return Stage()


def test_it_begins_at_the_commits_once(stage):
    assert [stage.source.run_once(), stage.source.run_once()] == [True, True]

    assert stage.calls == ["resume", "write", "write"]
    assert stage.source.lag_ms == 70


def test_after_a_change_of_partitions_it_begins_at_the_commits_again(stage):
    stage.errors["write"] = AssignmentChangedError("reading of the group's partitions: 1")

    assert [stage.source.run_once(), stage.source.run_once()] == [True, True]

    assert stage.calls == ["resume", "write", "resume", "write"]
    assert stage.counters["records"] == 2, "the counters are kept"


def test_a_kafka_that_does_not_answer_is_asked_again(stage):
    stage.errors["resume"] = StoreUnavailableError("kafka", OSError("refused"))

    with pytest.raises(StoreUnavailableError):
        stage.source.run_once()
    stage.source.run_once()

    assert stage.calls == ["resume", "resume", "write"]


def test_partitions_that_move_while_it_begins_are_begun_again(stage):
    stage.errors["resume"] = AssignmentChangedError("the group shares its partitions again")

    assert [stage.source.run_once(), stage.source.run_once()] == [True, True]

    assert stage.calls == ["resume", "resume", "write"]


def test_it_flushes_at_the_end_if_it_has_begun(stage):
    stage.source.close()
    stage.source.run_once()
    stage.source.close()

    assert stage.calls == ["resume", "write", "close"]
    assert isinstance(stage.counters, Counter)
