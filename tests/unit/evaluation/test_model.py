"""The machine against reference.py: random rules, readings in any order, repetitions and kills."""

from typing import Any, NamedTuple
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from qlines.evaluation import machine
from qlines.evaluation.rule import compile_rule
from qlines.evaluation.rule_check import check
from qlines.evaluation.sample import Sample
from qlines.evaluation.state import State
from qlines.evaluation.state_document import from_document, to_document
from tests.unit.evaluation.reference import GRID, Reference

SECOND_US = 1_000_000
START = 1_000_000_000  # seconds
LATENESS = 60


class Reading(NamedTuple):
    """Arrives so many seconds after what came before, measured *behind* seconds earlier."""

    after: int
    behind: int
    values: dict[str, float]


class Tick(NamedTuple):
    after: int


class Repeat(NamedTuple):
    """The last readings come again."""

    count: int


class Kill(NamedTuple):
    """The state is stored and loaded."""


def times(*seconds: int) -> st.SearchStrategy[int]:
    return st.sampled_from(seconds)


@st.composite
def conditions(draw: Any) -> dict[str, Any]:
    limit = draw(st.integers(1, 4))
    clear = draw(st.integers(0, limit))
    key = draw(st.sampled_from(["t", "t", "p"]))
    return {"kind": "above", "key": key, "limit": limit, "clear": clear}


@st.composite
def rules(draw: Any) -> dict[str, Any]:
    severities = draw(st.sampled_from([["major"], ["critical", "warning"]]))
    levels = [
        {
            "severity": severity,
            "match": draw(st.sampled_from(["any", "all"])),
            "for_seconds": draw(times(0, 0, 15, 50)),
            "conditions": draw(st.lists(conditions(), min_size=1, max_size=2)),
        }
        for severity in severities
    ]
    return check(
        {
            "name": "rule",
            "levels": levels,
            "max_gap_seconds": draw(st.sampled_from([0, None, 25, 0])),
            "keep_for_seconds": draw(times(0, 0, 20)),
            "lateness_seconds": LATENESS,
            "sticky": draw(st.booleans()),
        }
    )


number = st.sampled_from([5, 0, 5, 0, 4, 1, 3, 2])
only_t = st.fixed_dictionaries({"t": number})
both = st.fixed_dictionaries({"t": number, "p": number})
values = st.one_of(only_t, only_t, both, st.fixed_dictionaries({"p": number}), st.just({}))
in_time = st.builds(
    Reading, times(10, 5, 5, 15, 35, 70, 0), times(0, 0, 30, 40, 50, 10, 60, -5, -60), values
)
not_in_time = st.builds(Reading, times(0, 5, 10), times(65, 300, 3_000, -65, -1_000), values)
other = st.one_of(
    not_in_time, st.builds(Tick, times(20, 5, 60, 40)), st.builds(Repeat, st.integers(1, 30)),
    st.builds(Kill),
)  # fmt: skip
happenings = st.lists(st.one_of(in_time, in_time, other), min_size=20, max_size=50)


class Machine:
    """The machine with its state, and all that it said."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.rule = compile_rule("rule", 1, fields)
        self.state = State.new()
        self.samples: list[Sample] = []
        self.effects: list[Any] = []

    def observes(self, ts: int, received: int, readings: dict[str, float]) -> None:
        sample = Sample(ts * SECOND_US, received * SECOND_US, readings)
        self.samples.append(sample)
        self._keeps(machine.observe(self.rule, self.state, sample, {}))

    def ticks(self, now: int) -> None:
        self._keeps(machine.tick(self.rule, self.state, now * SECOND_US, {}))

    def repeats(self, count: int) -> None:
        for sample in self.samples[-count:]:
            step = machine.observe(self.rule, self.state, sample, {})

            assert step.state is self.state
            assert step.effects == ()

    def is_killed(self) -> None:
        document = to_document(self.state)
        self.state = from_document(document)

        assert to_document(self.state) == document

    def published(self) -> list[tuple[str, str, int | None]]:
        return [
            (one.type, one.severity, None if one.type == "cleared" else one.ts_us // SECOND_US)
            for one in self.effects
            if one.type != "historic"
        ]

    def _keeps(self, step: machine.Step) -> None:
        self.state = step.state
        self.effects += step.effects


def run(fields: dict[str, Any], story: list[Any]) -> tuple[Machine, Reference]:
    device, reference, now = Machine(fields), Reference(fields), START
    for one in story:
        now += getattr(one, "after", 0)
        match one:
            case Reading(_, behind, readings):
                device.observes(now - behind, now, readings)
                reference.observes(now - behind, now, readings)
            case Tick():
                device.ticks(now)
                reference.ticks(now)
            case Repeat(count):
                device.repeats(count)
            case Kill():
                device.is_killed()
    return device, reference


@given(rules(), happenings)
def test_it_publishes_what_the_slow_reference_does(fields, story):
    # With the room of one reading the chain is cut as early as it may be.
    with patch.object(machine, "MIN_ROOM", 1):
        device, reference = run(fields, story)

    assert device.published() == reference.effects


@given(rules(), happenings)
def test_a_raise_is_followed_by_its_clear_before_the_next(fields, story):
    device, _ = run(fields, story)

    ends = [effect.type for effect in device.effects if effect.type in {"raised", "cleared"}]

    assert ends == (["raised", "cleared"] * len(ends))[: len(ends)]
    assert (device.state.published is not None) == (ends[-1:] == ["raised"])


@given(rules(), happenings)
def test_what_is_due_is_due_once(fields, story):
    device, _ = run(fields, story)

    due = machine.next_due_us(device.rule, device.state, {})
    for _ in range(10):
        if due is None:
            break
        state = machine.tick(device.rule, device.state, due, {}).state
        assert state is not device.state
        device.state, before = state, due
        due = machine.next_due_us(device.rule, state, {})
        assert due is None or due > before

    assert due is None


def test_the_grid_fits_the_times():
    assert LATENESS % GRID == 0
    assert START % GRID == 0
