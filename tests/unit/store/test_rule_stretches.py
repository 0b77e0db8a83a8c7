"""What is left out of a device's past changes nothing of what a rule makes of it."""

import random
from collections import defaultdict

import pytest

from qlines.evaluation.dry_run import dry_run
from qlines.evaluation.rule import compile_rule
from qlines.evaluation.rule_check import check
from qlines.evaluation.sample import Sample
from qlines.store.rule_stretches import STRETCH_US, Stretch, grid_of, heard_in, parts, wanted
from tests.unit.evaluation.past import columns_of, one_by_one

HOUR_US = 3_600_000_000
T0 = 1_800_000_000_000_000 // HOUR_US * HOUR_US
SECOND = 1_000_000
DAYS = 2
NOW = T0 + DAYS * 24 * HOUR_US


def rule_of(*conditions, match="any", for_seconds=0, **more):
    levels = [
        {
            "severity": "major",
            "match": match,
            "for_seconds": for_seconds,
            "conditions": list(conditions),
        }
    ]
    return compile_rule("", 0, check({"name": "r", "levels": levels, **more}))


def stretches_of(rule, grid, samples):
    """Return what ClickHouse would say of these samples."""
    found = {}
    for ts_us, _, values in samples:
        for key, value in values.items() if rule.keys else [("", 0)]:
            if not rule.keys or key in rule.keys:
                found.setdefault((key, ts_us // grid.stretch_us), []).append((ts_us, value))
    return [_stretch(key, position, grid, points) for (key, position), points in found.items()]


def _stretch(key, position, grid, points):
    numbers = [value for _, value in points if type(value) in (int, float)]
    slots = len({ts_us // grid.slot_us for ts_us, _ in points})
    lowest, highest = (min(numbers), max(numbers)) if numbers else (0, 0)
    return Stretch(key, position, len(points), len(numbers), lowest, highest, slots)


def positions(rule, samples):
    limits = rule.limits({})
    grid = grid_of(rule, [limits])
    last = NOW // grid.stretch_us
    found = wanted(rule, limits, grid, stretches_of(rule, grid, samples), last)
    return grid, found


def is_as_with_all(rule, samples):
    """Assert that the wanted stretches lead to the same, and return that."""
    grid, found = positions(rule, samples)
    by_position = defaultdict(list)
    for one in samples:
        by_position[one.ts_us // grid.stretch_us].append(one)
    pieces, count = [], 0
    for part in parts(rule, stretches_of(rule, grid, samples), found, 1_000):
        here = [one for position in part.positions for one in by_position[position]]
        count += len(here) if part.is_fetched else 0
        pieces.append(columns_of(here) if part.is_fetched else heard_in(rule, grid, part.positions))
    everything = dry_run(rule, [("d", one_by_one(samples), {})], NOW)
    assert dry_run(rule, [("d", pieces, {})], NOW) == everything
    return everything, count


def walk(seed, *, every_s=90, gaps=0.0, keys=("t",)):
    """Return readings of some days whose values wander, and are sometimes text or missing."""
    chance = random.Random(seed)
    ts_us, value, samples = T0, 50.0, []
    while ts_us < NOW:
        value = 0.995 * value + 0.25 + chance.gauss(0, 1.2)
        values = {key: round(value + place * 3, 1) for place, key in enumerate(keys)}
        if chance.random() < 0.01:
            values[keys[0]] = chance.choice(["text", True, False, None])
        if chance.random() < 0.05:
            del values[keys[-1]]
        samples.append(Sample(ts_us, ts_us, {k: v for k, v in values.items() if v is not None}))
        is_gap = chance.random() < gaps
        ts_us += round((every_s * chance.uniform(0.8, 1.2) + is_gap * 9_000) * SECOND)
    return samples


ABOVE = {"kind": "above", "key": "t", "limit": 72, "clear": 62}
BELOW = {"kind": "below", "key": "t", "limit": 30}
OUTSIDE = {"kind": "outside", "key": "t", "low": 25, "high": 75, "clear_low": 35}
RULES = {
    "above": rule_of(ABOVE),
    "above for a while": rule_of(ABOVE, for_seconds=900),
    "above with a short gap": rule_of(ABOVE, for_seconds=900, max_gap_seconds=105),
    "above that holds": rule_of(ABOVE, for_seconds=900, max_gap_seconds=0),
    "above that stays": rule_of(ABOVE, keep_for_seconds=5_400),
    "below": rule_of(BELOW, for_seconds=120),
    "outside": rule_of(OUTSIDE),
    "both": rule_of(ABOVE, {**ABOVE, "key": "u"}, match="all", for_seconds=300),
    "either": rule_of(BELOW, {**ABOVE, "key": "u"}),
    "a number": rule_of({"kind": "equals", "key": "t", "value": 71.5}),
    "a text": rule_of({"kind": "equals", "key": "t", "value": "text"}, keep_for_seconds=60),
    "true": rule_of({"kind": "equals", "key": "t", "value": True}),
    "rate": rule_of({"kind": "rate", "key": "t", "limit": 3}),
    "change": rule_of({"kind": "change", "key": "t"}, keep_for_seconds=600),
    "silence of a key": rule_of({"kind": "no_data", "key": "t", "seconds": 600}),
    "silence": rule_of({"kind": "no_data", "seconds": 7_200}),
    "a short silence": rule_of({"kind": "no_data", "seconds": 65}, for_seconds=60),
}


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("gaps", [0.0, 0.01])
def test_the_result_is_that_of_all_readings(name, gaps):
    raised = 0
    for seed in (1, 2) if gaps else (1,):
        result, _ = is_as_with_all(RULES[name], walk(seed, gaps=gaps, keys=("t", "u")))
        raised += result.raised

    assert raised or ("silence" in name and not gaps)


def test_a_rule_that_is_never_true_fetches_nothing():
    samples = [Sample(ts, ts, {"t": 50}) for ts in range(T0, NOW, 60 * SECOND)]

    assert positions(RULES["above"], samples)[1] == []
    assert positions(RULES["below"], samples)[1] == []
    assert positions(RULES["outside"], samples)[1] == []
    assert positions(RULES["a number"], samples)[1] == []


def test_of_a_value_that_stays_the_same_only_the_beginning_is_fetched():
    samples = [Sample(ts, ts, {"t": 50}) for ts in range(T0, NOW, 60 * SECOND)]

    _, found = positions(RULES["change"], samples)

    assert found == [T0 // STRETCH_US, T0 // STRETCH_US + 1]


def test_an_hour_above_the_limit_is_fetched_with_the_quarters_around_it():
    hot = range(T0 + 30 * HOUR_US, T0 + 31 * HOUR_US)
    samples = [Sample(ts, ts, {"t": 99 if ts in hot else 50}) for ts in range(T0, NOW, 60 * SECOND)]

    result, few = is_as_with_all(RULES["above for a while"], samples)

    assert result.raised == result.cleared == 1
    assert few == 60 + 2 * 15


def test_where_no_gap_is_as_long_as_a_silence_only_the_end_is_fetched():
    samples = [Sample(ts, ts, {"t": 50}) for ts in range(T0, NOW, 60 * SECOND)]
    rule = RULES["silence of a key"]

    grid, found = positions(rule, samples)
    result, _ = is_as_with_all(rule, samples)

    assert result.raised == 0
    assert len(found) <= 2
    assert grid == (STRETCH_US, STRETCH_US // 3)


def test_a_device_without_readings_is_not_asked_for():
    assert positions(RULES["silence"], [])[1] == []
