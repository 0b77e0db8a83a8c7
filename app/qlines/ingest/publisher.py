"""Publish batches of readings to Kafka, each until Kafka has acknowledged it."""

from collections.abc import Callable, Mapping
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaTimeoutError

from qlines.clients import kafka
from qlines.errors import StoreUnavailableError
from qlines.ingest.backlog import Backlog
from qlines.ingest.disk_reserve import DiskReserve
from qlines.reading import Reading
from qlines.telemetry_record import TOPIC, Headers, by_partition, encode

FLUSH_TIMEOUT_SECONDS = 1.0  # then the loop reports what it waits for, and calls again


class KafkaPublisher:
    """Publishes one batch at a time; the caller repeats the call with it until it returns.

    A repeated call does not send again what is still in flight: kafka-python itself retries for
    15 s, and a copy of every batch for every second of an outage would fill its buffer.
    *note_ends* is called with the end of the log of each partition that got a record, before
    publish() returns.
    """

    def __init__(
        self,
        producer: KafkaProducer,
        backlog: Backlog,
        reserve: DiskReserve,
        note_ends: Callable[[Mapping[int, int]], None],
        topic: str = TOPIC,
    ) -> None:
        self._producer = producer
        self._backlog = backlog
        self._reserve = reserve
        self._note_ends = note_ends
        self._topic = topic
        self._in_flight: list[Any] = []

    def publish(self, readings: list[Reading]) -> None:
        """Return once Kafka has acknowledged all of *readings*, those of a device in order.

        Raise StoreUnavailableError when it has not yet, and BackPressureError while the backlog
        is too large or the disk too full: call again with the same readings.
        """
        with kafka.raising_unavailable():
            if not self._in_flight:
                self._reserve.check()
                self._backlog.check()
                # Assigned only when all are sent: after half a batch the next call would leave
                # out the other half.
                self._in_flight = self._send_all(readings)
            try:
                self._producer.flush(timeout=FLUSH_TIMEOUT_SECONDS)
            except KafkaTimeoutError as error:
                raise StoreUnavailableError("kafka", error) from error
            sent, self._in_flight = self._in_flight, []
            ends: dict[int, int] = {}
            for record in [future.get(timeout=0) for future in sent]:
                # Retries of the producer may leave the records out of order.
                ends[record.partition] = max(ends.get(record.partition, 0), record.offset + 1)
            self._note_ends(ends)

    def _send_all(self, readings: list[Reading]) -> list[Any]:
        partitions = len(self._producer.partitions_for(self._topic))
        return [
            self._send(partition, *record)
            for partition, part in by_partition(readings, partitions).items()
            for record in encode(part)
        ]

    def _send(self, partition: int, value: bytes, headers: Headers) -> Any:
        self._backlog.note_sent(len(value))
        return self._producer.send(self._topic, value=value, headers=headers, partition=partition)
