"""Hand batches to Kafka, each until Kafka has it."""

from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaTimeoutError

from qlines.clients import kafka
from qlines.errors import StoreUnavailableError
from qlines.ingest.backlog import Backlog
from qlines.ingest.pack import pack

TOPIC = "telemetry"
VERSION = b"1"  # of a record's format; a reader refuses one that it does not know
PATIENCE_SECONDS = 1.0  # of one call; the loop then says for whom it waits, and calls again


class Outlet:
    """Sends one batch at a time; the caller repeats the call with the same batch until it returns.

    A repeated call does not send again what is still on its way: kafka-python itself tries for
    15 s, and a copy of every batch for every second of an outage would fill its buffer.
    """

    def __init__(self, producer: KafkaProducer, backlog: Backlog, topic: str = TOPIC) -> None:
        self._producer = producer
        self._backlog = backlog
        self._topic = topic
        self._on_the_way: list[Any] = []

    def send(self, readings: list[dict[str, Any]]) -> None:
        """Return when Kafka has all of *readings*; raise StoreUnavailableError when not yet."""
        with kafka.raising_unavailable():
            if not self._on_the_way:
                self._backlog.check()
                # Set only when all are sent: were it half a batch, the next call would leave out
                # the other half.
                self._on_the_way = [self._send(*record) for record in pack(readings)]
            try:
                self._producer.flush(timeout=PATIENCE_SECONDS)
            except KafkaTimeoutError as error:
                raise StoreUnavailableError("kafka", error) from error
            sent, self._on_the_way = self._on_the_way, []
            for future in sent:
                future.get(timeout=0)

    def _send(self, value: bytes, count: int) -> Any:
        self._backlog.note_sent(len(value))
        headers = [("version", VERSION), ("count", b"%d" % count)]
        return self._producer.send(self._topic, value=value, headers=headers)
