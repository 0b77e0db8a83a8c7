from types import SimpleNamespace

import pytest

from qlines.alarms.fleet import Fleet
from qlines.alarms.rule_notes import errors_of, problem_of


def pair(rule="1", name="pump", clock_off_us=0, problem=""):
    return SimpleNamespace(
        watched=SimpleNamespace(id=rule),
        device=SimpleNamespace(name=name),
        state=SimpleNamespace(clock_off_us=clock_off_us, problem=problem),
    )


@pytest.mark.parametrize(
    ("off_us", "said"), [(7_200_000_000, "2 hours behind ours"), (-90_000_000, "ahead of ours")]
)
def test_a_device_whose_clock_is_wrong_is_named_with_how_much(off_us, said):
    assert said in problem_of(pair(clock_off_us=off_us))


def test_a_rule_shows_its_own_fault_before_those_of_its_devices():
    engine = SimpleNamespace(
        fleet=Fleet(max_pairs=1),
        problems={"1": "a fault"},
        pairs=[pair("1", problem="x"), pair("2", problem="no number"), pair("2", "other")],
    )

    assert errors_of(engine) == {"1": "a fault", "2": "pump: no number"}
