"""With what a rule begins when it is saved through the API: what its devices have sent before."""

import pytest

from qlines.evaluation.machine import observe
from qlines.evaluation.rule import compile_rule
from qlines.evaluation.rule_check import check
from qlines.evaluation.sample import Sample
from qlines.evaluation.state_document import from_document

T0 = 1_800_000_000_000_000
ABOVE = {"kind": "above", "key": "t", "limit": 80}
OPEN = {"kind": "equals", "key": "valve", "value": "open"}
HOT = {"name": "Hot", "levels": [{"severity": "major", "conditions": [ABOVE]}]}


def add(person, fields, **more):
    return person.call("POST", "/api/alarm-rules", json={**fields, **more})


def test_what_is_true_already_may_wait_until_it_was_false(world, alice):
    world.deps.clickhouse.latest[alice.device_id] = {"t": (T0 - 1_000_000, 95)}

    rule = add(alice, HOT, when_true_now="next").json

    [stored] = world.deps.db.alarm_states.documents
    assert stored["_id"] == f"{rule['id']}:{alice.device_id}"
    assert raised_by(stored, HOT, T0, {"t": 95}) == []
    assert raised_by(stored, HOT, T0, {"t": 70}, {"t": 95}) == ["raised"]


def raised_by(stored, fields, from_us, *readings):
    """Return what the evaluator says of readings, one a second, with which a rule continues."""
    rule, state = compile_rule("", 1, check(fields)), from_document(stored["state"])
    effects = []
    for number, values in enumerate(readings):
        ts_us = from_us + number * 1_000_000
        step = observe(rule, state, Sample(ts_us, ts_us, values), {})
        state, effects = step.state, effects + [one.type for one in step.effects]
    return effects


@pytest.mark.parametrize(
    ("level", "values"),
    [
        ({"severity": "major", "match": "all", "conditions": [OPEN, ABOVE]}, {"t": 95}),
        (
            {"severity": "major", "conditions": [{"kind": "change", "key": "valve"}]},
            {"valve": "shut"},
        ),
    ],
)
def test_a_rule_begins_with_what_counts_for_the_next_reading(world, alice, level, values):
    world.deps.clickhouse.latest[alice.device_id] = {"valve": (T0 - 1_000_000, "open")}
    fields = {"name": "x", "levels": [level], "keep_for_seconds": 60}

    assert add(alice, fields).status_code == 201

    [stored] = world.deps.db.alarm_states.documents
    assert raised_by(stored, fields, T0, values) == ["raised"]


@pytest.mark.parametrize("choice", ["alarm", "next"])
def test_what_was_true_in_part_before_it_waits_for_false_is_known_too(world, alice, choice):
    sent = {"valve": (T0 - 2_000_000, "open"), "t": (T0 - 1_000_000, 95)}
    world.deps.clickhouse.latest[alice.device_id] = sent
    level = {"severity": "major", "match": "all", "conditions": [OPEN, ABOVE]}
    fields = {"name": "x", "levels": [level]}

    add(alice, fields, when_true_now=choice)

    [stored] = world.deps.db.alarm_states.documents
    assert raised_by(stored, fields, T0, {"t": 70}, {"t": 95}) == ["raised"]


def test_a_reading_of_a_wrong_clock_says_nothing_of_now(world, alice):
    hour_us = 3_600_000_000
    world.deps.clickhouse.latest[alice.device_id] = {"t": (T0 + hour_us, 95)}

    assert add(alice, HOT).status_code == 201

    assert world.deps.db.alarm_states.documents == []
