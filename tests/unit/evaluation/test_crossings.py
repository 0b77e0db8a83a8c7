"""What is found over a column is what judging one reading after the other finds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlines.evaluation.columns import Column
from qlines.evaluation.condition import is_true
from qlines.evaluation.crossings import changes_of, taken_by
from tests.unit.evaluation.case import condition, level, rule_of

CONDITIONS = {
    "above": condition("above", limit=4),
    "above and clear": condition("above", limit=4, clear=2),
    "below": condition("below", limit=3, clear=5),
    "outside": condition("outside", low=1, high=5),
    "outside and clear": condition("outside", low=1, high=5, clear_low=2, clear_high=4),
    "equals": condition("equals", value=3),
    "rate": condition("rate", limit=2, clear=1, per_seconds=1),
}
values = st.one_of(
    st.integers(0, 6),
    st.sampled_from([2.5, 2**60, math.inf, -math.inf, math.nan, "on", True, None]),
)


@pytest.mark.parametrize("name", CONDITIONS)
@given(sent=st.lists(st.tuples(st.integers(1, 3), values)))
def test_a_condition_is_true_after_the_same_readings(name, sent):
    rule = rule_of(level(CONDITIONS[name]))
    (one,), (limits,) = rule.conditions, rule.limits({}).conditions
    times = [1_000_000 * sum(seconds for seconds, _ in sent[: n + 1]) for n in range(len(sent))]
    expected, memory = [], rule.fresh[0]
    for ts_us, (_, value) in zip(times, sent, strict=True):
        after = None if value is None else one.judge(memory, value, ts_us, limits)
        if after is not None and is_true(after) != is_true(memory):
            expected.append((ts_us, is_true(after)))
        memory = memory if after is None else after

    column = taken_by(one, Column(times, [value for _, value in sent]), limits)
    found = [
        (ts_us, is_true(after)) for ts_us, after in changes_of(one, rule.fresh[0], column, limits)
    ]

    assert found == expected
