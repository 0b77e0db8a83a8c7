"""Two controllers, each with its own and partly wrong view of one MongoDB: never two primaries."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ha.decide import decide
from ha.state import blog_role, from_memory, to_memory
from ha.steady import follow, seen
from ha.view import Condition, Observation, Role, View

OTHER = {"a": "b", "b": "a"}
# MongoDB's old primary steps down within 2 s, and its app says so within 2 s more.
MAX_STALE_SECONDS = 4
FAULTS = ("link cut", *(f"{fault} {side}" for side in "ab" for fault in (
    "app away", "controller hangs", "controller restarts", "blog cannot ask",
)))  # fmt: skip


class Segment(NamedTuple):
    """Some seconds in which one app is MongoDB's primary, or none, and the same things fail."""

    primary: str | None
    seconds: int
    faults: frozenset[str]
    stale_seconds: int


class Side:
    """One VM: a controller, and a blog that believes it until the answer expires."""

    def __init__(self, name):
        self.name = name
        self.tracks = {}
        self.decision = None
        self.decided_at = None
        self.primary_until = float("-inf")

    def look(self, now, observations):
        for side, observation in observations.items():
            self.tracks[side] = follow(self.tracks.get(side), observation)
        apps = {side: seen(track, now) for side, track in self.tracks.items()}
        blogs = dict.fromkeys("ab", Condition.READY)
        view = View(self.name, OTHER[self.name], apps, blogs)
        self.decision, self.decided_at = decide(view, self.decision), now

    def restart(self):
        self.tracks = {}
        self.decided_at = None
        if self.decision:
            self.decision = from_memory(to_memory(self.decision))

    def ask(self, now):
        if self.decided_at is None:
            return
        told = blog_role(self.decision, now - self.decided_at)
        is_primary = told["role"] == "primary"
        self.primary_until = now + told["valid_seconds"] if is_primary else float("-inf")


class MongoDB:
    """Who is primary, and which reigns an app that does not know better still claims."""

    def __init__(self):
        self.reigns = []  # [side, first second, last second, stale seconds]

    def second(self, now, segment):
        last = self.reigns[-1] if self.reigns else None
        if last and last[2] == now - 1 and last[0] == segment.primary:
            last[2] = now
        elif segment.primary:
            self.reigns.append([segment.primary, now, now, segment.stale_seconds])

    def observation(self, side, now):
        mine = [reign for reign in self.reigns if reign[0] == side and now <= reign[2] + reign[3]]
        if not mine:
            return Observation(float(now), Condition.READY, Role.STANDBY)
        return Observation(float(now), Condition.READY, Role.ACTIVE, str(mine[-1][1]))


def run(segments):
    """Yield the second, the segment and both sides, second by second."""
    now, mongodb, sides = 0, MongoDB(), {name: Side(name) for name in "ab"}
    for segment in segments:
        for side in sides.values():
            if f"controller restarts {side.name}" in segment.faults:
                side.restart()
        for _ in range(segment.seconds):
            mongodb.second(now, segment)
            for side in sides.values():
                step(side, now, mongodb, segment.faults)
            yield now, segment, sides
            now += 1


def step(side, now, mongodb, faults):
    observations = {}
    for name in "ab":
        is_cut = name != side.name and "link cut" in faults
        if is_cut or f"app away {name}" in faults:
            observations[name] = Observation(float(now), Condition.UNREACHABLE)
        else:
            observations[name] = mongodb.observation(name, now)
    if f"controller hangs {side.name}" not in faults:
        side.look(float(now), observations)
    if f"blog cannot ask {side.name}" not in faults:
        side.ask(float(now))


segments = st.lists(
    st.builds(
        Segment,
        st.sampled_from([None, "a", "b"]),
        st.integers(1, 30),
        st.frozensets(st.sampled_from(FAULTS), max_size=4),
        st.integers(0, MAX_STALE_SECONDS),
    ),
    min_size=1,
    max_size=8,
)


@given(segments)
def test_two_blogs_are_never_primary_at_once(given_segments):
    for now, _segment, sides in run(given_segments):
        assert not all(side.primary_until > now for side in sides.values())


@given(segments, st.sampled_from("ab"))
def test_after_half_a_minute_of_peace_the_blog_of_the_active_side_is_primary(history, active):
    peace = Segment(active, 30, frozenset(), 0)

    for now, segment, sides in run([*history, peace]):
        last = now, segment, sides

    now, _segment, sides = last
    assert sides[active].primary_until > now
    assert sides[OTHER[active]].decision.blog_role == "replica"
    assert all(side.decision.app == (active, OTHER[active]) for side in sides.values())


@given(segments)
def test_nobody_is_promoted_whose_app_claims_no_reign(given_segments):
    was = {}
    for now, segment, sides in run(given_segments):
        for name, side in sides.items():
            role = side.decision.blog_role if side.decision else None
            if role == "primary" and was.get(name) != "primary":
                assert segment.primary == name or seen(side.tracks[name], now).is_active
            was[name] = role


def test_the_story_of_a_cut_link_has_a_pause_between_the_two_primaries():
    cut = frozenset({"link cut"})
    story = [Segment("a", 30, frozenset(), 4), Segment(None, 2, cut, 0), Segment("b", 40, cut, 0)]

    primaries = [
        "".join(name for name, side in sides.items() if side.primary_until > now)
        for now, _segment, sides in run(story)
    ]

    # a from its 15th second until its app says that it is not active; b from its own 15th second.
    assert primaries == [""] * 15 + ["a"] * 19 + [""] * 13 + ["b"] * 25


@pytest.mark.parametrize("fault", ["app away a", "controller hangs a", "blog cannot ask a"])
@pytest.mark.parametrize("seconds", range(1, 8))
def test_two_blogs_are_never_primary_whenever_the_old_side_falls_silent(fault, seconds):
    cut = frozenset({"link cut"})
    story = [
        Segment("a", 20, frozenset(), MAX_STALE_SECONDS),
        Segment("b", seconds, cut, 0),
        Segment("b", 30, cut | {fault}, 0),
    ]

    for now, _segment, sides in run(story):
        assert not all(side.primary_until > now for side in sides.values())
    assert sides["b"].primary_until > now
