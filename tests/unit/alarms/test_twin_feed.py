import queue
from contextlib import suppress

import pytest

from qlines.alarms import kafka_log
from qlines.alarms.twin_feed import TwinFeed
from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from tests.unit.alarms.stage import OWNER, SILENT, Broker, Consumer, FakeKafka, Stage, device_id

DEVICES = frozenset({device_id(1)})
ABOVE_80 = {"kind": "above", "key": "temperature", "limit": 80}


class Room:
    """A feed whose thread the test is."""

    def __init__(self, monkeypatch):
        monkeypatch.setattr(kafka_log, "kafka", FakeKafka(16))
        self.clock, self.broker = FakeClock(), Broker(log="twins-log")
        self.feed = TwinFeed(lambda: Consumer(self.broker), "b", self.clock)

    def send(self, value):
        now_us = self.clock.now_us()
        reading = {"device": device_id(1), "owner": OWNER, "ts": now_us, "values": {"a": value}}
        self.broker.publish([reading], now_us)
        self.clock.advance(1)

    def publish(self, value, number=1, key="temperature"):
        now_us = self.clock.now_us()
        reading = {"device": device_id(number), "owner": OWNER, "ts": now_us}
        self.broker.publish([{**reading, "values": {key: value}}], now_us)

    def begin(self, stored=()):
        self.feed.begin(stored, self.clock.now_us() // 1000, DEVICES)

    def work(self):
        self.feed.run_once(self.feed._order)

    def taken(self):
        return [one.values["a"] for fetched in self.feed.take() for one in fetched.readings]


@pytest.fixture
def room(monkeypatch):
    return Room(monkeypatch)


def test_it_hands_over_what_the_twin_has_in_order_with_the_place_after_it(room):
    room.begin()
    room.send(1)
    room.send(2)
    room.work()

    fetched = room.feed.take()
    assert [one.position.offset for one in fetched] == [0, 1, 2]
    assert {one.position.id for one in fetched} == {"b/0"}
    assert [one.readings[0].values for one in fetched[1:]] == [{"a": 1}, {"a": 2}]


def test_after_trouble_it_continues_behind_what_it_has_handed_over(room):
    room.begin()
    room.send(1)
    room.work()
    room.broker.is_away = True
    with pytest.raises(StoreUnavailableError):
        room.work()
    room.feed._log.close()
    room.feed._order.fail()
    room.broker.is_away = False
    room.send(2)
    room.work()

    assert room.taken() == [1, 2]


def test_what_was_read_for_a_term_before_is_given_up(room):
    room.begin()
    room.send(1)
    room.work()
    stored = [one.position for one in room.feed.take()][:1]

    room.send(2)
    room.work()
    room.begin(stored)
    assert room.taken() == []
    room.work()

    assert room.taken() == [1, 2]


def with_twin(room, monkeypatch):
    """Return a stage, by the same clock, of an evaluator that reads the twin's log too."""
    stage = Stage(monkeypatch, twin=room.feed)
    stage.clock = room.clock
    stage.add_device()
    stage.add_rule(SILENT)
    stage.start()
    return stage


def both(room, stage, seconds):
    """Let the evaluator and the thread of the feed work for so long."""
    for _ in range(seconds):
        stage.run(1, step=1)
        with suppress(StoreUnavailableError):
            room.work()


def test_when_the_twin_is_lost_silence_counts_from_then_on(room, monkeypatch):
    stage = with_twin(room, monkeypatch)
    both(room, stage, 2)
    stage.send(1)
    both(room, stage, 57)
    room.broker.is_away = True  # what it had of the device nobody has read
    room.feed._log.close()
    room.feed._order.fail()

    both(room, stage, 60)
    assert stage.alarms == [], "the device has the rule's own time to come to this side"
    both(room, stage, 10)

    assert len(stage.active) == 1


def test_a_twin_that_is_away_for_a_moment_delays_no_more_than_that(room, monkeypatch):
    stage = with_twin(room, monkeypatch)
    both(room, stage, 2)
    stage.send(1)
    both(room, stage, 57)
    room.feed._log.close()
    room.feed._order.fail()

    both(room, stage, 8)

    assert len(stage.active) == 1


def test_what_a_device_sent_to_the_twin_before_it_moved_here_is_evaluated_first(room, monkeypatch):
    stage = Stage(monkeypatch, twin=room.feed)
    stage.clock = room.clock
    stage.add_device()
    stage.add_rule(ABOVE_80, for_seconds=3)
    stage.start()
    both(room, stage, 2)
    stage.evaluator.stop()
    hot = {"device": device_id(1), "owner": OWNER, "values": {"temperature": 90}}
    for _ in range(5):
        now_us = stage.clock.now_us()
        room.broker.publish([{**hot, "ts": now_us}], now_us)
        stage.clock.advance(1)
    stage.send(20)

    stage.start()
    both(room, stage, 4)

    assert stage.events == [("raised", "critical"), ("cleared", "critical")]


def test_how_far_it_is_behind_is_not_known_before_anything_has_come(room):
    room.begin()
    room.send(1)
    room.send(2)
    answer, kafka_log.kafka.fetch = kafka_log.kafka.fetch, lambda *_: []  # it takes longer
    room.work()
    room.feed.take()
    assert room.feed.lag_ms is None
    assert not room.feed.is_gone

    kafka_log.kafka.fetch = answer
    room.clock.advance(1)
    room.work()
    room.feed.take()

    assert room.feed.lag_ms == 0


def test_for_a_twin_that_does_not_answer_nobody_waits(room, monkeypatch):
    stage = Stage(monkeypatch, twin=room.feed)
    stage.clock = room.clock
    stage.add_device()
    stage.add_rule(ABOVE_80)
    stage.start()
    stage.run(1)
    stage.send(90)
    room.feed._order.fail()
    stage.run(1)

    assert len(stage.active) == 1


def test_a_device_at_the_other_side_raises_alarms_too(room, monkeypatch):
    stage = Stage(monkeypatch, twin=room.feed)
    stage.add_device()
    stage.add_rule(ABOVE_80)
    stage.start()
    stage.run(1)
    room.clock.advance(1)
    now_us = stage.clock.now_us()
    reading = {
        "device": device_id(1), "owner": OWNER, "ts": now_us, "values": {"temperature": 90}
    }  # fmt: skip
    room.broker.publish([reading], now_us)
    room.work()
    stage.run(1)

    assert len(stage.active) == 1
    assert {one["_id"] for one in stage.db.alarm_positions.find()} == {"/0", "b/0"}


def moved(room, monkeypatch, values):
    """Return a stage that takes over: its device had sent *values* to the twin, and is cold here.

    They were written within a second.
    """
    stage = Stage(monkeypatch, twin=room.feed)
    stage.clock = room.clock
    stage.add_device()
    stage.add_rule(ABOVE_80)
    stage.start()
    both(room, stage, 2)
    stage.evaluator.stop()
    for value in values:
        room.publish(value)
        room.clock.advance(0.04)
    stage.send(20)
    stage.start()
    return stage


def test_nothing_is_evaluated_before_the_last_of_what_was_read_is_handed_over(room, monkeypatch):
    stage = moved(room, monkeypatch, [90])
    stage.run(1)
    put = room.feed._fetched.put

    def late(*given, **options):
        stage.run(1, step=0.1)
        put(*given, **options)

    monkeypatch.setattr(room.feed._fetched, "put", late)
    room.work()
    stage.run(1)

    assert stage.events == [("raised", "critical"), ("cleared", "critical")]


def test_all_that_the_twin_had_when_a_term_begins_is_evaluated_in_order(room, monkeypatch):
    stage = moved(room, monkeypatch, [*[20] * 16, 90])  # sixteen of them are a fetch
    stage.run(0.2, step=0.1)
    room.work()
    stage.run(0.2, step=0.1)
    room.work()
    both(room, stage, 2)

    assert stage.events == [("raised", "critical"), ("cleared", "critical")]


def waiting(room, monkeypatch, seconds):
    """Let the thread wait for the evaluator for so long with what it has read."""
    until, put = room.clock.monotonic() + seconds, room.feed._fetched.put

    def full_until(*given, timeout):
        room.clock.advance(timeout)
        if room.clock.monotonic() < until:
            raise queue.Full
        put(*given)

    room.send(1)
    with monkeypatch.context() as patch:
        patch.setattr(room.feed._fetched, "put", full_until)
        room.work()


def test_a_twin_is_not_lost_because_the_evaluator_takes_nothing_for_long(room, monkeypatch):
    room.begin()
    room.work()
    waiting(room, monkeypatch, 20)
    assert not room.feed.is_gone

    room.broker.is_away = True
    room.clock.advance(6)

    assert room.feed.is_gone


def test_what_came_while_it_waited_for_the_evaluator_it_has_not_read(room, monkeypatch):
    room.begin()
    room.work()
    waiting(room, monkeypatch, 20)
    room.feed.take()
    assert room.feed.lag_ms >= 19_000

    room.work()
    room.feed.take()

    assert room.feed.lag_ms == 0


def reading_both(room, monkeypatch):
    """Return a stage that has read both logs to their ends."""
    stage = Stage(monkeypatch, twin=room.feed)
    stage.clock = room.clock
    stage.add_device()
    stage.add_rule(ABOVE_80)
    stage.start()
    both(room, stage, 3)
    return stage


def test_a_rule_that_begins_sees_what_came_at_the_twin_before_we_heard_of_it(room, monkeypatch):
    stage = reading_both(room, monkeypatch)
    stage.add_rule({**ABOVE_80, "key": "pressure"})
    room.publish(90, key="pressure")
    room.work()
    both(room, stage, 2)

    assert len(stage.active) == 1


def test_a_device_that_is_added_is_heard_at_the_twin_before_we_heard_of_it(room, monkeypatch):
    stage = reading_both(room, monkeypatch)
    stage.add_device(2)
    room.publish(90, 2)
    room.work()
    room.clock.advance(0.1)
    room.publish(20, 2)
    both(room, stage, 3)

    assert stage.events == [("raised", "critical"), ("cleared", "critical")]


def test_what_began_while_the_twin_was_away_is_seen_when_it_is_back(room, monkeypatch):
    stage = reading_both(room, monkeypatch)
    stage.add_rule({**ABOVE_80, "key": "pressure"})
    room.publish(90, key="pressure")
    room.work()
    room.broker.is_away = True
    both(room, stage, 2)
    room.feed._log.close()
    room.feed._order.fail()
    both(room, stage, 10)
    room.broker.is_away = False
    both(room, stage, 2)

    assert len(stage.active) == 1


def test_what_is_read_again_for_a_rule_keeps_nothing_of_the_twin_waiting(room, monkeypatch):
    stage = reading_both(room, monkeypatch)
    stage.evaluator.run_once()
    stage.add_rule({**ABOVE_80, "key": "pressure"})  # nobody hears of it before the kill
    room.publish(20, key="pressure")
    room.work()
    stage.clock.advance(0.2)
    stage.send(90)
    stage.evaluator.run_once()
    assert len(stage.active) == 1, "it is stored up to there"

    room.publish(90, key="pressure")
    stage.clock.advance(0.1)
    stage.send(20, key="pressure")
    stage.clock.advance(0.1)
    stage.start()
    both(room, stage, 4)

    assert len(stage.active) == 1
    assert [one["key"] for one in stage.alarms if not one["active"]] == ["pressure"]
