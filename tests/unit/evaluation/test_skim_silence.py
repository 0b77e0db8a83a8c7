"""A rule about silence makes of the readings that are not passed what it makes of all of them."""

from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from qlines.evaluation import skim_silence
from qlines.evaluation.dry_run import dry_run
from qlines.evaluation.machine import observe
from qlines.evaluation.rule import Rule
from qlines.evaluation.sample import Sample
from tests.unit.evaluation.case import condition, level, rule_of
from tests.unit.evaluation.past import START_US, in_pieces, one_by_one, readings_of

SECOND_US = 1_000_000
OPEN = {"zone": "UTC", "days": [1, 2, 3, 4, 5, 6, 7], "from": "09:05", "to": "09:20"}
silences = st.builds(
    condition,
    st.just("no_data"),
    st.sampled_from(["t", "p", None]),
    seconds=st.sampled_from([10, 30, 35, 60.5, 300]),
    if_never=st.booleans(),
)
levels = st.tuples(
    st.lists(
        st.one_of(silences, st.just({"kind": "offline", "seconds": 30})), min_size=1, max_size=3
    ),
    st.sampled_from(["any", "all"]),
    st.sampled_from([0, 0, 20, 120]),
)


@st.composite
def rules(draw: Any) -> Rule:
    severities = draw(st.sampled_from([["major"], ["critical", "warning"]]))
    return rule_of(
        *[
            level(*found, severity=severity, match=match, for_seconds=for_seconds)
            for severity, (found, match, for_seconds) in zip(
                severities, draw(st.tuples(*[levels] * len(severities))), strict=True
            )
        ],
        keep_for_seconds=draw(st.sampled_from([0, 0, 30])),
        sticky=draw(st.booleans()),
        schedule=draw(st.sampled_from([None, None, OPEN])),
    )


one_value = st.sampled_from([1, 2.5, "on", True, None, float("nan")])
values = st.fixed_dictionaries({}, optional=dict.fromkeys("tp", one_value))
stretches = st.tuples(values, st.sampled_from([5, 10, 30, 35, 60, 400]), st.integers(1, 15))


@given(
    rules(),
    readings_of(stretches),
    st.sampled_from([7, 40, 1_000]),
    st.sampled_from([None, START_US - 60 * SECOND_US, START_US + 200 * SECOND_US]),
)
def test_what_is_passed_would_have_changed_nothing(rule, samples, at_once, from_us):
    now_us = START_US + 8_000 * SECOND_US

    few = dry_run(rule, [("d", in_pieces(samples, at_once), {})], now_us, from_us=from_us)

    assert few == dry_run(rule, [("d", one_by_one(samples), {})], now_us, from_us=from_us)


def test_of_a_day_it_observes_the_ends_of_silences_and_the_last_reading():
    rule = rule_of(level(condition("no_data", "t", seconds=90)))
    minutes = [n for n in range(1_440) if n not in {600, 601, 900}]
    samples = [Sample(START_US + n * 60 * SECOND_US, 0, {"t": 1}) for n in minutes]

    with patch.object(skim_silence, "observe", side_effect=observe) as counted:
        now_us = samples[-1].ts_us
        result = dry_run(rule, [("d", in_pieces(samples, 2_000), {})], now_us)

    assert result.raised == result.cleared == 2
    assert counted.call_count == 3
