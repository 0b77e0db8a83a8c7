from types import SimpleNamespace

import pytest
from kafka import TopicPartition
from kafka.errors import (
    KafkaConnectionError,
    KafkaTimeoutError,
    LeaderNotAvailableError,
    MessageSizeTooLargeError,
    NodeNotReadyError,
)

from qlines.clients import kafka
from qlines.errors import StoreUnavailableError

PART = TopicPartition("telemetry", 0)


class FakeFuture:
    def __init__(self, error=None):
        self._error = error

    def get(self, timeout):
        if self._error:
            raise self._error


class FakeProducer:
    def __init__(self, *errors):
        self._errors = list(errors)
        self.sent = []
        self.flushed = False

    def send(self, topic, value, headers):
        self.sent.append((topic, value, headers))
        return FakeFuture(self._errors.pop(0) if self._errors else None)

    def flush(self, timeout):
        self.flushed = True


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
def test_it_calls_an_outage_an_outage(error):
    with (
        pytest.raises(StoreUnavailableError, match="kafka does not answer"),
        kafka.raising_unavailable(),
    ):
        raise error


def test_it_lets_other_errors_pass():
    with pytest.raises(MessageSizeTooLargeError), kafka.raising_unavailable():
        raise MessageSizeTooLargeError("9 MiB")


def test_it_sends_every_record_and_flushes_once():
    sender = FakeProducer()

    kafka.send_all(sender, "telemetry", [(b"[1]", [("count", b"1")]), (b"[2]", [])])

    assert sender.sent == [
        ("telemetry", b"[1]", [("count", b"1")]),
        ("telemetry", b"[2]", []),
    ]
    assert sender.flushed


def test_it_fails_when_one_record_of_many_did_not_arrive():
    sender = FakeProducer(None, KafkaTimeoutError("expired"), None)

    with pytest.raises(StoreUnavailableError):
        kafka.send_all(sender, "telemetry", [(b"1", []), (b"2", []), (b"3", [])])


def test_it_commits_the_offset_of_the_next_record():
    committed = []
    fetcher = SimpleNamespace(commit=lambda offsets, timeout_ms: committed.append(offsets))

    kafka.commit(fetcher, {PART: 42})

    assert committed[0][PART].offset == 42


def test_it_tells_how_many_records_the_group_has_not_committed():
    fetcher = SimpleNamespace(
        assignment=lambda: {PART},
        end_offsets=lambda parts: {PART: 50},
        committed=lambda part: 42,
    )

    assert kafka.lag(fetcher) == 8


def test_it_counts_every_record_when_the_group_never_committed():
    fetcher = SimpleNamespace(
        assignment=lambda: {PART},
        end_offsets=lambda parts: {PART: 50},
        committed=lambda part: None,
    )

    assert kafka.lag(fetcher) == 50


def test_it_says_at_once_when_nobody_listens(monkeypatch):
    def refuse(*_arguments, **_options):
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr(kafka.socket, "create_connection", refuse)

    with pytest.raises(StoreUnavailableError, match="nobody there"):
        kafka.producer("127.0.0.1:1,127.0.0.1:2")
