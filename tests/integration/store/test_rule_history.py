"""The past of devices for a dry run, on both versions of ClickHouse."""

import pytest

from qlines.evaluation.columns import sample_at, times_of
from qlines.evaluation.dry_run import dry_run
from qlines.evaluation.rule import compile_rule
from qlines.evaluation.rule_check import check
from qlines.reading import Reading
from qlines.store import readings, rule_history
from qlines.store.rule_history import Range
from qlines.store.rule_stretches import Grid, Stretch, grid_of, wanted
from tests.unit.evaluation.past import one_by_one
from tests.unit.store.test_rule_stretches import HOUR_US, NOW, RULES, T0, walk

PUMP, VALVE = "1" * 24, "2" * 24
ALICE = "a" * 24
GRID = Grid(HOUR_US, HOUR_US // 4)


def put(engine, device, samples):
    columns = readings.columns_of([Reading(device, ALICE, ts, values) for ts, _, values in samples])
    readings.insert(engine, columns)


def rule_of(*conditions):
    levels = [{"severity": "major", "conditions": list(conditions)}]
    return compile_rule("", 0, check({"name": "r", "levels": levels}))


@pytest.fixture
def stored(engine):
    """Store four values of the pump in two hours, one of them twice, and one of the valve."""
    at = [T0, T0 + 1, T0 + HOUR_US // 2, T0 + HOUR_US + 5]
    values = [{"t": 5, "u": "x"}, {"t": 9.5}, {"t": "text", "v": 1}, {"t": True, "u": 2}]
    put(engine, PUMP, [(ts, ts, value) for ts, value in zip(at, values, strict=True)])
    put(engine, PUMP, [(at[1], at[1], values[1])])
    put(engine, VALVE, [(T0, T0, {"t": 7})])
    return engine


def test_it_counts_what_each_hour_has_of_the_keys_of_a_rule(stored):
    rule = rule_of({"kind": "above", "key": "t", "limit": 1})

    found = rule_history.stretches_of(stored, rule, [PUMP, VALVE, "3" * 24], Range(T0, NOW, GRID))

    hour = T0 // HOUR_US
    [first, second] = sorted(found[PUMP], key=lambda one: one.position)
    assert first._replace(values=3) == Stretch("t", hour, 3, first.numbers, 5, 9.5, 1)
    assert first.values - first.numbers == 1
    assert (second.position, second.values, second.numbers) == (hour + 1, 1, 0)
    assert found[VALVE] == [Stretch("t", hour, 1, 1, 7, 7, 1)]
    assert found.keys() == {PUMP, VALVE}


@pytest.mark.parametrize(("key", "slots"), [("t", 2), (None, 2)])
def test_of_silence_it_counts_the_slots_with_a_reading(stored, key, slots):
    rule = rule_of({"kind": "no_data", "key": key, "seconds": 1800})

    found = rule_history.stretches_of(stored, rule, [PUMP], Range(T0, NOW, GRID))

    [first, second] = sorted(found[PUMP], key=lambda one: one.position)
    assert (first.key, first.slots, second.slots) == (key or "", slots, 1)


def test_it_fetches_the_readings_of_the_chosen_hours_in_order(stored):
    rule = rule_of(
        {"kind": "above", "key": "t", "limit": 1}, {"kind": "above", "key": "u", "limit": 1}
    )
    past, hour = Range(T0 + 1, NOW, GRID), T0 // HOUR_US
    stretches = rule_history.stretches_of(stored, rule, [PUMP], past)[PUMP]

    def fetched(*positions):
        pieces = rule_history.pieces_of(stored, rule, PUMP, past, stretches, positions)
        return [
            (ts_us - T0, sample_at(piece, ts_us).values)
            for piece in pieces
            for ts_us in times_of(piece.values())
        ]

    assert fetched(hour) == [(1, {"t": 9.5}), (HOUR_US // 2, {"t": "text"})]
    assert fetched(hour + 1) == [(HOUR_US + 5, {"t": True, "u": 2})]
    assert [ts for ts, _ in fetched(hour, hour + 1)] == [1, HOUR_US // 2, HOUR_US + 5]
    assert fetched() == []


@pytest.mark.parametrize("name", ["above for a while", "a text", "silence of a key", "silence"])
def test_a_rule_makes_of_them_what_it_makes_of_all_readings(engine, name):
    rule = RULES[name]
    samples = [one for one in walk(1, every_s=240, gaps=0.02) if one.values]
    put(engine, PUMP, samples)
    grid = grid_of(rule, [rule.limits({})])
    past = Range(T0 // grid.stretch_us * grid.stretch_us, NOW, grid)

    stretches = rule_history.stretches_of(engine, rule, [PUMP], past)[PUMP]
    chosen = wanted(rule, rule.limits({}), grid, stretches, NOW // grid.stretch_us)
    few = rule_history.pieces_of(engine, rule, PUMP, past, stretches, chosen)

    everything = dry_run(rule, [(PUMP, one_by_one(samples), {})], NOW)
    assert dry_run(rule, [(PUMP, few, {})], NOW) == everything
    assert everything.raised
