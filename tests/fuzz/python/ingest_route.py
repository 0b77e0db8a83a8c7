"""qlines.ingest: a frame with any topic and payload becomes readings or a reason, never an error.

What comes out must be what the next steps take: Kafka's record, ClickHouse's columns, MongoDB's
documents. The first byte chooses the topic, the second the kind of the frame and its device.
"""

import bson
import orjson

from qlines import telemetry_record
from qlines.ingest import topics
from qlines.ingest.batch import Batch
from qlines.ingest.known_devices import KnownDevices
from qlines.ingest.known_keys import KnownKeys
from qlines.ingest.route import route
from qlines.spool.frame import Frame
from qlines.store.points import columns_of
from tests.fakes.registry import GATEWAY, METER, RegistryInMemory

NOW_US = 1_800_000_000_000_000
ANSWERS = (
    topics.GATEWAY_ANSWER, *(f"{topic}/7" for topic in sorted(topics.ANSWERS)), "v2/r/res/x",
    "v2/r/res/0",
)  # fmt: skip
CLAIMS = (topics.CLAIM, topics.GATEWAY_CLAIM)
OTHERS = [
    topic
    for topic in topics.ALL
    if topic.replace("{number}", "7") not in ANSWERS and topic not in CLAIMS
]
# In this order most of the collected inputs keep their topics.
TOPICS = (*OTHERS, "v1/devices/me/rpc/request/1", "", *ANSWERS, *CLAIMS)
DEVICES = (GATEWAY.id, METER.id, "unknown", "")


def check(data):
    topic, choice, payload = data[:1], data[1:2], data[2:]
    chosen = ord(choice or b"\0")
    frame = Frame(
        time_us=NOW_US,
        kind=chosen % 8,
        device=DEVICES[chosen // 8 % len(DEVICES)],
        topic=TOPICS[ord(topic or b"\0") % len(TOPICS)],
        payload=payload,
    )
    batch = Batch()
    route([frame], KnownDevices(RegistryInMemory()), KnownKeys(3, lambda _device: set()), batch)
    assert_storable(batch)


def assert_storable(batch):
    """Fail unless Kafka, ClickHouse's columns and MongoDB take what is in the batch."""
    decoded = [
        reading
        for value, headers in telemetry_record.encode(batch.readings)
        for reading in telemetry_record.decode(value, headers)
    ]
    assert orjson.dumps(decoded, default=tuple) == orjson.dumps(batch.readings, default=tuple)
    columns = columns_of(decoded)
    assert len({len(column) for column in columns}) == 1
    for number, time_us in zip(columns.number, columns.time_us, strict=True):
        float(number)
        assert -(2**63) <= time_us < 2**63
    for text in (*columns.text, *columns.key):
        text.encode()
    waiting = (*batch.attributes, *batch.answers, *batch.claims, *batch.rejected)
    for item in (*waiting, *batch.sightings, *batch.connections):
        bson.encode(item._asdict())
    orjson.dumps(batch.answers, default=tuple)  # the state file
