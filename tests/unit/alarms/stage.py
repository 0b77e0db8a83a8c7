"""An evaluator between a Kafka and a MongoDB in memory, which a test kills where it likes."""

import orjson
from bson import ObjectId
from kafka import TopicPartition

from qlines.alarms import kafka_log, term
from qlines.alarms.changes import Changes
from qlines.alarms.kafka_log import KafkaLog
from qlines.alarms.loop import Evaluator
from qlines.alarms.term import Term
from qlines.clients.kafka import Record
from qlines.clock import FakeClock, utc_datetime
from qlines.errors import StoreUnavailableError
from qlines.evaluation.rule_check import check
from qlines.evaluation.state_document import to_document
from qlines.role import ALONE
from qlines.store import alarm_states
from qlines.store.alarm_states import StoredState
from qlines.store.lease import Claim, FencedError
from tests.fakes.mongo import FakeMongo, Session

OWNER = "0" * 23 + "a"
HEADERS = [("version", b"1")]
ABOVE_80 = {"kind": "above", "key": "temperature", "limit": 80}
SILENT = {"kind": "no_data", "seconds": 60}


def device_id(number):
    return f"{number:024x}"


class Broker:
    """A Kafka with records in memory; it stands for the module qlines.clients.kafka too."""

    def __init__(self, partitions=1, log="log-1"):
        self.records = {TopicPartition("telemetry", one): [] for one in range(partitions)}
        self.log, self.epoch, self.is_away = log, 1, False
        self.first = 0

    def publish(self, readings, now_us, partition=0):
        part = TopicPartition("telemetry", partition)
        self.records[part].append((now_us // 1000, orjson.dumps(readings)))


class Consumer:
    def __init__(self, broker):
        self.broker, self.offsets = broker, {}

    def close(self, autocommit):
        pass


class FakeKafka:
    """The functions of qlines.clients.kafka that an evaluator calls."""

    def __init__(self, max_records):
        self.max_records = max_records
        self.waits_ms = []

    def _check(self, consumer):
        if consumer.broker.is_away:
            raise StoreUnavailableError("kafka", ConnectionError("away"))

    def ends(self, consumer):
        self._check(consumer)
        return {part: len(records) for part, records in consumer.broker.records.items()}

    def firsts(self, consumer):
        return dict.fromkeys(consumer.broker.records, consumer.broker.first)

    def epochs(self, consumer):
        return dict.fromkeys(consumer.broker.records, consumer.broker.epoch)

    def log_id(self, consumer):
        return consumer.broker.log

    def offsets_at(self, consumer, times_ms):
        return {
            part: next(
                (at for at, (written_ms, _) in enumerate(consumer.broker.records[part])
                 if written_ms >= ms and at >= consumer.broker.first),
                None,
            )
            for part, ms in times_ms.items()
        }  # fmt: skip

    def seek(self, consumer, offsets):
        consumer.offsets.update(offsets)

    def fetch(self, consumer, timeout_ms, _max_records):
        self._check(consumer)
        self.waits_ms.append(timeout_ms)
        found = []
        for part, offset in consumer.offsets.items():
            waiting = consumer.broker.records[part][offset:]
            for at, (written_ms, value) in enumerate(waiting[: self.max_records], offset):
                found.append(Record(part, at, written_ms, value, HEADERS))
                consumer.offsets[part] = at + 1
        return found


class FakeLease:
    """A lease beside others': *leases* has the fence that holds."""

    def __init__(self, db, leases, holder="this container"):
        self.db, self.leases, self.holder = db, leases, holder
        self.claim, self.session = Claim("", 0), Session(db)

    def is_held(self):
        if self.leases.get("holder", self.holder) != self.holder:
            self.claim = Claim("", 0)
            return False
        if self.claim.fence and self.claim.fence != self.leases["fence"]:
            self.claim = Claim("", 0)
            raise FencedError("the lease was taken by another one")
        if not self.claim.fence:
            self.leases["holder"] = self.holder
            self.leases["fence"] = self.leases.get("fence", 0) + 1
            self.claim = Claim(self.holder, self.leases["fence"])
        return True

    def begin_again(self):
        self.claim = Claim("", 0)

    def end(self):
        if self.leases.get("holder") == self.holder:
            del self.leases["holder"]
        self.claim = Claim("", 0)

    def confirm(self):
        if self.claim.fence != self.leases.get("fence"):
            raise FencedError("the lease was taken by another one")


class Follower:
    """Changes that a test announces, for each evaluator from its start on."""

    def __init__(self, stage):
        self._stage, self._read = stage, len(stage.changes)

    def read(self):
        new, self._read = self._stage.changes[self._read :], len(self._stage.changes)
        merged = Changes()
        for one in new:
            merged = Changes(*(old | more for old, more in zip(merged, one, strict=True)))
        return merged

    def close(self):
        pass


class FakeLastHeard:
    """Answers at the next look; *heard* is what ClickHouse knows."""

    def __init__(self):
        self.heard, self._wanted = {}, set()

    def want(self, devices):
        self._wanted |= set(devices)

    def take(self):
        wanted, self._wanted = self._wanted, set()
        return {device: at for device, at in self.heard.items() if device in wanted}


class Beats:
    def __init__(self):
        self.sentence = ""

    def beat(self, sentence, **_):
        self.sentence = sentence


class Stage:
    """The stores, which outlive an evaluator, and the evaluator that start() has begun last."""

    def __init__(self, monkeypatch, *, twin=None, max_records=16):
        self.clock = FakeClock()
        self.db, self.broker, self.leases = FakeMongo(), Broker(), {}
        self.changes, self.heartbeat = [], Beats()
        self.role, self.last_heard = ALONE, FakeLastHeard()
        self.twin, self.side, self.max_pairs = twin, "", 1_000
        self.kafka = FakeKafka(max_records)
        monkeypatch.setattr(kafka_log, "kafka", self.kafka)
        monkeypatch.setattr(term, "ChangeFollower", lambda _db: Follower(self))

    def start(self, holder="this container"):
        """Begin an evaluator; one before it is killed, or lives on if the test holds it."""
        lease = FakeLease(self.db, self.leases, holder)
        own = KafkaLog(lambda: Consumer(self.broker), self.side, self.clock)

        def make_term(counters):
            return Term(
                self.db,
                lease,
                own,
                self.twin,
                last_heard=self.last_heard,
                ingest_lag_ms=lambda: 0,
                has_sides=False,
                max_pairs=self.max_pairs,
                counters=counters,
                clock=self.clock,
            )

        self.evaluator = Evaluator(
            lease,
            own,
            make_term,
            role=lambda: self.role,
            heartbeat=self.heartbeat,
            clock=self.clock,
        )
        return self.evaluator

    def run(self, seconds=2.0, step=0.5):
        """Let the evaluator work for so long."""
        for _ in range(round(seconds / step)):
            self.evaluator.run_once()
            self.clock.advance(step)

    def add_device(self, number=1, tags=(), **more):
        self.db.devices.insert_one(
            {
                "_id": ObjectId(device_id(number)), "owner": ObjectId(OWNER), "gateway": False,
                "name": f"device {number}", "tags": list(tags), "token": f"t{number}",
                "old_tokens": [], **more,
            }
        )  # fmt: skip
        self.changes.append(Changes(devices=frozenset({device_id(number)})))

    def remove_device(self, number=1):
        self.db.devices.delete_one({"_id": ObjectId(device_id(number))})
        self.changes.append(Changes(devices=frozenset({device_id(number)})))

    def add_rule(self, *conditions, rule_id=None, **fields):
        """Add a rule of one level, or of the levels in *fields*, and return its id."""
        levels = [{"severity": "critical", "conditions": list(conditions)}]
        for_seconds = fields.pop("for_seconds", 0)
        levels[0]["for_seconds"] = for_seconds
        given = {"name": f"rule {len(self.db.alarm_rules.documents)}", "levels": levels, **fields}
        rule = ObjectId(rule_id)
        self.db.alarm_rules.insert_one(
            {
                "_id": rule, "owner": ObjectId(OWNER), **check(given), "version": 1,
                "created_at": self.db_now, "changed_at": self.db_now, "enabled_at": self.db_now,
                "begun_at": self.db_now,
            }
        )  # fmt: skip
        self.changes.append(Changes(rules=True))
        return rule

    def begin_with(self, rule, version, first):
        """Store the state with which a rule begins for device 1."""
        state = StoredState(str(rule), device_id(1), OWNER, version, to_document(first))
        self.db.alarm_states.bulk_write(alarm_states.writes([state], self.db_now), ordered=False)

    def change_rule(self, rule, **fields):
        if "version" in fields:
            fields["begun_at"] = self.db_now
        self.db.alarm_rules.update_one({"_id": rule}, {"$set": fields})
        self.changes.append(Changes(rules=True))

    def send(self, value, number=1, *, at=0.0, key="temperature", received=None, partition=0):
        """Publish a reading of *at* seconds from now."""
        now_us = self.clock.now_us()
        ts_us = now_us + round(at * 1e6)
        reading = {"device": device_id(number), "owner": OWNER, "ts": ts_us, "values": {key: value}}
        if received is not None:
            reading["received"] = now_us + round(received * 1e6)
        self.broker.publish([reading], now_us, partition)

    def clear_by_hand(self, alarm):
        self.db.alarms.update_one(
            {"_id": alarm["_id"]},
            {"$set": {"active": False, "end_reason": "by hand",
                      "ended_at": utc_datetime(self.clock.now_us())}},
        )  # fmt: skip
        self.changes.append(Changes(ended=frozenset({alarm["_id"]})))

    @property
    def db_now(self):
        return utc_datetime(self.clock.now_us())

    @property
    def alarms(self):
        return list(self.db.alarms.find())

    @property
    def active(self):
        return [one for one in self.alarms if one["active"]]

    @property
    def events(self):
        """Return all events in order, as (type, severity)."""
        return [(one["type"], one["severity"]) for one in self.db.alarm_events.find()]
