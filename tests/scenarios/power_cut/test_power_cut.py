"""The story of a power cut: files on the volume are torn, blank or cut short at the next start.

With QLINES_SPOOL_SYNC=always every acknowledged message is in the spool, whatever the stores lost.
Twenty devices send 1,000 messages a second; the container is killed, and then a dozen files of it
are corrupted at once, as a power cut can leave them. The appliance is ready again by itself within
the usual 120 s, reports each repair, and every acknowledged message is stored within another 60 s.

The second story corrupts the files that say how far everything has come, and what it is.
"""

import itertools
import json
import time

import pytest

from tests.harness.appliance import Appliance
from tests.harness.deadline import DeadlineError, assert_none_lost, eventually
from tests.harness.load_generator import Load, stored_numbers
from tests.harness.outcomes import Outcome, record
from tests.harness.people import new_person

first_numbers = itertools.count(1_000_000, 1_000_000)

# Blank: the length of a file is on the disk, its content is not.
FUNCTIONS = """
blank() {
    for file in "$@"; do
        size=$(stat -c %s "$file")
        truncate -s 0 "$file"
        truncate -s "$size" "$file"
    done
}
cut() { truncate -s "-$1" "$2"; }
newest() { ls -d "$@" | sort -V | tail -n 1; }
"""

NEWEST_DATA_EVENT = (
    "a power cut: torn segment, cut Kafka log, stale locks, corrupt registry file, ClickHouse parts"
    " and Redis log"
)
NEWEST_DATA = """
# A frame that was not acknowledged, of which a part reached the disk.
segment=$(newest spool/mqtt/*.seg)
head -c 100 "$segment" >>"$segment"
# The last second or two of Kafka's log.
cut 40000 "$(newest kafka/telemetry-0/*.log)"
rm -f kafka/.kafka_cleanshutdown
# All parts of the readings, newest first, and merged ones before what they replaced: one is too
# short, which ClickHouse sees, the next one is blank, which it does not see.
cd clickhouse/data/default/points
how="cut 1"
for part in $(ls -d 2*_*_*_* | sort -t _ -k 3,3nr -k 4,4nr); do
    $how "$part/number.bin"
    if [ "$how" = blank ]; then how="cut 1"; else how=blank; fi
done
cd /data
blank registry/data.mdb
echo 4711 >mongodb/mongod.lock
log=$(newest redis/appendonlydir/*.incr.aof)
size=$(stat -c %s "$log"); cut 50 "$log"; truncate -s "$size" "$log"
"""
REPAIRED_DATA = {
    "ingest": ["skipped the rest of", "Kafka lost the end of its log"],
    "writer": ["ClickHouse lost the corrupt part", "which ClickHouse could not read"],
    "files": ["the registry file is built from MongoDB"],
    "redis": ["cut the corrupt end off"],
}

STATE_EVENT = "a power cut: blank cursors, secret, and small files of every store"
STATE = """
blank spool/mqtt/cursor spool/mqtt/boot_id spool/ingest.json spool/published.json version
blank secrets/health_token
cut 8192 registry/data.mdb
: >kafka/meta.properties
: >kafka/bootstrap.checkpoint
: >kafka/telemetry-0/partition.metadata
: >kafka/__cluster_metadata-0/quorum-state
cut 300 "$(newest kafka/__cluster_metadata-0/*.log)"
blank mongodb/storage.bson mongodb/sizeStorer.wt
: >redis/appendonlydir/appendonly.aof.manifest
rm clickhouse/metadata/default/incoming_to_points.sql
: >clickhouse/data/default/points/format_version.txt
"""
REPAIRED_STATE = {
    "ingest": ["ingest.json.corrupt-"],
    "files": ["version.corrupt-", "health_token again", "the registry file is built from MongoDB"],
    "kafka": [
        "meta.properties", "bootstrap.checkpoint", "telemetry-0/partition.metadata", "quorum-state",
    ],
    "mongodb": ["storage.bson.corrupt-", "sizeStorer.wt"],
    "redis": ["appendonlydir.corrupt-"],
    "clickhouse": ["incoming_to_points.sql", "format_version.txt"],
}  # fmt: skip


@pytest.fixture(scope="module")
def appliance(image):
    """Yield an appliance that syncs each message, and has started twice: stores have copies."""
    appliance = Appliance(image, environment={"QLINES_SPOOL_SYNC": "always"})
    try:
        yield appliance.start()
    finally:
        appliance.remove()


@pytest.fixture(scope="module")
def senders(appliance):
    owner = new_person(appliance, "owner")
    return [owner.new_device().token for _ in range(20)]


def health(appliance):
    # The command's status is 1 while anything is wrong.
    return json.loads(appliance.exec("sh", "-c", "qlines health --json || true"))


def unreported(appliance, repaired):
    """Return what the report lacks: sentences of *repaired* by program, and that all is well."""
    report = health(appliance)
    lacking = [
        f"{program}: {part}"
        for program, parts in repaired.items()
        for part in parts
        if not any(
            repair["program"] == program and part in repair["sentence"]
            for repair in report["repairs"]
        )
    ]
    return lacking + report["problems"]


def wait_until_reported(appliance, repaired):
    """Wait: ready does not mean that the programs which nobody misses have started."""
    try:
        eventually(lambda: not unreported(appliance, repaired), 60, "all is well", pause_seconds=1)
    except DeadlineError as error:
        noted = appliance.exec("cat", "/data/log/repairs.txt")
        raise DeadlineError(f"{error}\n{unreported(appliance, repaired)}\n{noted}") from None


# In this order: a store's copies are made at the start after the one that created the files.
@pytest.mark.parametrize(
    ("event", "corruption", "repaired"),
    [(NEWEST_DATA_EVENT, NEWEST_DATA, REPAIRED_DATA), (STATE_EVENT, STATE, REPAIRED_STATE)],
    ids=["the newest data", "the state"],
)
def test_it_starts_says_what_it_repaired_and_loses_nothing(
    appliance, senders, tmp_path, event, corruption, repaired
):
    first = next(first_numbers)
    load = Load(
        appliance.mqtt_port, senders, tmp_path,
        "--rate", "1000", "--seconds", "10", "--first-seq", str(first),
    )  # fmt: skip
    try:
        eventually(lambda: len(stored_numbers(appliance, first)) > 4_000, 20, "readings are stored")
        appliance.kill()
        load.wait()
    finally:
        load.stop()
    appliance.in_volume(FUNCTIONS + corruption)

    started = time.monotonic()
    appliance.start()

    # Queries fail until the parts that cannot be read are set aside.
    wait_until_reported(appliance, repaired)
    acknowledged = load.acknowledged()
    assert len(acknowledged) > 4_000
    assert_none_lost(acknowledged, lambda: stored_numbers(appliance, first), seconds=60)
    record(
        Outcome(
            event,
            "repairs: " + health(appliance)["repairs"][-1]["sentence"],
            "starts, repairs or sets aside, and reads again what was lost",
            time.monotonic() - started,
            0,
            "nothing",
        )
    )
