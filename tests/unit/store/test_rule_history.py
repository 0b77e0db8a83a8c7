"""What a dry run fetches of a device's past; ClickHouse is a test's."""

from contextlib import nullcontext

import pytest

from qlines.evaluation.dry_run import OutOfTimeError
from qlines.evaluation.rule import compile_rule
from qlines.evaluation.rule_check import check
from qlines.store.rule_history import MAX_ROWS_OF_STRETCH, Range, pieces_of
from qlines.store.rule_stretches import STRETCH_US, Grid, Stretch

LEVEL = {"severity": "major", "conditions": [{"kind": "above", "key": "t", "limit": 80}]}
RULE = compile_rule("", 0, check({"name": "hot", "levels": [LEVEL]}))
PAST = Range(0, 2 * STRETCH_US, Grid(STRETCH_US, STRETCH_US))


class FakeClient:
    """Answers each query with one reading in its first stretch."""

    def __init__(self):
        self.asked = 0

    def execute(self, _query, parameters, *, columnar):
        assert columnar
        self.asked += 1
        return [(parameters["positions"][0] * STRETCH_US,), (90.0,)]


def stretch(position, values):
    return Stretch("t", position, values, values, 90.0, 90.0, 1)


@pytest.mark.parametrize(("values", "asked"), [(MAX_ROWS_OF_STRETCH, 1), (10**7, 0)])
def test_a_stretch_that_would_not_fit_into_memory_is_not_fetched(values, asked):
    client = FakeClient()
    found = pieces_of(client, RULE, "pump", PAST, [stretch(1, values)], [1])

    with nullcontext() if asked else pytest.raises(OutOfTimeError):
        assert next(found) == {"t": ((STRETCH_US,), (90.0,))}
    assert client.asked == asked
