"""An evaluator that is killed anywhere says the same as one that never was: a model test.

The same readings go to an evaluator that lives and to one that is killed at random: before or after
a read, in the middle of a commit, after a commit that it no longer hears of, or by another one that
takes over while it still believes to hold the lease. What they store must be equal, also when the
broker was restarted each time, so that all of the last 90 seconds is read again.
"""

import random

import pytest

from qlines.alarms import pending, term
from qlines.store import alarm_commit
from tests.unit.alarms.stage import Stage

RULES = [
    ({"kind": "above", "key": "temperature", "limit": 80, "clear": 75}, {"for_seconds": 3}),
    ({"kind": "above", "key": "temperature", "limit": 90}, {}),
    ({"kind": "change", "key": "temperature"}, {"keep_for_seconds": 4}),
    ({"kind": "rate", "key": "temperature", "limit": 900, "clear": 600}, {}),
    ({"kind": "below", "key": "temperature", "limit": 72}, {"keep_for_seconds": 5}),
]
DEVICES = 3
READINGS = 40
AGES = (0, 0, 0, 300)  # the last is too late to change what is so now
SEEDS = range(25)  # of 40 kills or more: 1,000 in all


class Killed(BaseException):
    """The process is gone."""


class Fate:
    """Decides where an evaluator dies: at one of the moments of which die() is asked.

    With *takes_over* another side takes over instead, and the former one does not know it yet.
    """

    def __init__(self, seed, chance=0.0, *, takes_over=False, with_broker=False):
        self.rng, self.chance, self.takes_over = random.Random(seed), chance, takes_over
        self.with_broker = with_broker
        self.kills = 0
        self.former = None

    def die(self):
        if self._is_time():
            raise Killed

    def begin(self, stage):
        self.stage = stage
        self.stage.start()

    def live_on(self, seconds):
        """Let evaluators work for so long; who dies is followed by another one at once."""
        for _ in range(round(seconds / 0.5)):
            self._run(self.stage.evaluator)
            if self.former is not None:
                self._run(self.former)
            if self.takes_over and self._is_time():
                self.former = self.stage.evaluator
                self.stage.leases["holder"] = f"side {self.kills}"  # the former one's time is over
                self.stage.start(f"side {self.kills}")
            self.stage.clock.advance(0.5)

    def _is_time(self):
        if self.rng.random() >= self.chance:
            return False
        self.kills += 1
        self.stage.broker.epoch += self.with_broker
        return True

    def _run(self, evaluator):
        try:
            evaluator.run_once()
        except Killed:
            if evaluator is self.stage.evaluator:
                self.stage.start(self.stage.leases.get("holder", "this container"))
            else:
                self.former = None


def with_fate(monkeypatch, fate):
    """Let evaluators die before, in the middle of, and after their commits and reads."""
    write_alarms, commit, read = alarm_commit._write_alarms, alarm_commit.commit, term.Term._read

    def killed_in_the_middle(*arguments):
        fate.die()
        write_alarms(*arguments)
        fate.die()

    def killed_after_commit(*arguments):
        fate.die()
        commit(*arguments)
        fate.die()

    def killed_after_read(self):
        read(self)
        fate.die()

    monkeypatch.setattr(alarm_commit, "_write_alarms", killed_in_the_middle)
    monkeypatch.setattr(term.alarm_commit, "commit", killed_after_commit)
    monkeypatch.setattr(term.Term, "_read", killed_after_read)


def script(seed, ages=(0,)):
    """Return readings of devices, as (seconds to wait after, device, value, its age in seconds)."""
    rng = random.Random(seed)
    values = dict.fromkeys(range(1, DEVICES + 1), 70.0)
    readings = []
    for _ in range(READINGS):
        number = rng.randint(1, DEVICES)
        values[number] += rng.choice([-15, -5, 0, 5, 15])
        values[number] = min(100.0, max(65.0, values[number]))
        seconds, age = rng.choice([0.5, 0.5, 1.0, 2.0]), rng.choice(ages)
        readings.append((seconds, number, values[number], age))
    return readings


def told(monkeypatch, readings, fate):
    """Return what is stored after these readings: alarms and events, in an order of their own."""
    stage = Stage(monkeypatch, max_records=2)
    for number in range(1, DEVICES + 1):
        stage.add_device(number)
    for number, (condition, fields) in enumerate(RULES):
        stage.add_rule(condition, rule_id=f"{number:024x}", max_gap_seconds=60, **fields)
    fate.begin(stage)
    fate.live_on(1.0)
    for seconds, number, value, age in readings:
        stage.send(value, number, at=-age, received=0)
        fate.live_on(seconds)
    fate.chance = 0.0
    fate.live_on(12.0)
    return stored(stage)


def stored(stage):
    alarms = sorted(
        (str(one["rule"]), str(one["device"]), one["started_at"], one["severity"], one["active"],
         one["raised_ts"], one.get("ended_at"), one.get("end_reason"))
        for one in stage.alarms
    )  # fmt: skip
    events = sorted(
        (str(one["rule"]), str(one["device"]), one["reading_ts"] or 0, one["type"])
        for one in stage.db.alarm_events.find()
    )
    return alarms, events


@pytest.mark.parametrize("seed", SEEDS)
def test_who_is_killed_anywhere_says_nothing_twice_and_misses_nothing(seed, monkeypatch):
    readings = script(seed)
    expected = told(monkeypatch, readings, Fate(seed))
    fate = Fate(seed, 0.2)
    with_fate(monkeypatch, fate)
    if seed % 2:  # as in a storm: each rule and device in a transaction of its own
        monkeypatch.setattr(pending, "MAX_WRITES", 1)

    assert told(monkeypatch, readings, fate) == expected
    assert fate.kills > 30


@pytest.mark.parametrize("seed", range(10))
def test_what_is_read_again_as_the_broker_was_restarted_changes_nothing(seed, monkeypatch):
    readings = script(seed, AGES)
    expected = told(monkeypatch, readings, Fate(seed))
    fate = Fate(seed, 0.2, with_broker=True)
    with_fate(monkeypatch, fate)

    assert told(monkeypatch, readings, fate) == expected
    assert fate.kills > 20


@pytest.mark.parametrize("seed", range(5))
def test_two_who_believe_to_hold_the_lease_say_nothing_twice(seed, monkeypatch):
    readings = script(seed)
    expected = told(monkeypatch, readings, Fate(seed))
    fate = Fate(seed, 0.1, takes_over=True)
    with_fate(monkeypatch, fate)

    assert told(monkeypatch, readings, fate) == expected
    assert fate.kills > 10


def test_the_script_makes_alarms_of_every_rule(monkeypatch):
    rules = {
        rule for seed in range(3) for rule, *_ in told(monkeypatch, script(seed), Fate(seed))[0]
    }

    assert len(rules) == len(RULES)
