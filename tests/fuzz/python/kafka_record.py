"""qlines.telemetry_record: a record of any bytes is refused, or its readings suit every reader."""

from kafka import TopicPartition

from qlines.live.coalesce import Coalescer
from qlines.live.publish import message
from qlines.reading import Reading
from qlines.store.points import columns_of
from qlines.telemetry_record import VERSION, InvalidRecordError, decode
from qlines.writer.buffer import Buffer
from qlines.writer.latest import latest_of
from qlines.writer.split_by_partition import split_by_partition


def check(data):
    try:
        readings = decode(data, [("version", VERSION)])
    except InvalidRecordError:
        return
    # The writer's way, up to the columns; a single refused reading is bisected there.
    buffer = Buffer()
    buffer.add(readings, TopicPartition("telemetry", 0), 0, 0)
    for some in buffer.slices():
        latest_of(some)
        for group in split_by_partition(some):
            columns_of([Reading(*reading) for reading in group])
    # live's.
    coalescer = Coalescer()
    for reading in readings:
        coalescer.add(reading)
    for device, points in coalescer.take_due(0.0):
        message(device, points)
