import json
import os

import pytest

from ha import movement
from ha.view import BlogRole

NOT_READY = "the app of b is not ready: `qlines health` over there says why"
NO_BLOG = "the blog of b is unreachable: its health report over there says why"
TO_B = {"app": ["b"], "mqtt": ["b"], "blog": ["b"]}
TO_BOTH = {"app": ["b", "a"], "mqtt": ["a", "b"], "blog": ["b", "a"]}


def state(*, own=None, other=None, **more):
    """Return what the controller of a, which is drained, notes when b has taken everything."""
    sides = {
        "a": {"app": "draining", "role": "standby", "blog": "ready", "blog_role": "replica"},
        "b": {"app": "ready", "role": "active", "blog": "ready", "blog_role": "primary"},
    }
    sides["a"] |= own or {}
    sides["b"] |= other or {}
    lists = {"upstreams": TO_B, "upstreams_of_other": TO_B}
    return {"side": "a", "link": "up", "sides": sides} | lists | more


def test_a_side_is_drained_when_neither_proxy_sends_anything_to_it():
    assert movement.left_until_drained(state()) == []
    assert movement.drained(state()) == "a carries no traffic, b serves everybody"


@pytest.mark.parametrize(
    ("found", "left"),
    [
        (state(other={"role": "standby"}), "b is not active yet"),
        (state(upstreams=TO_BOTH), "the proxy of a still sends requests to a"),
        (state(upstreams_of_other=TO_B | {"mqtt": ["b", "a"]}),
         "the proxy of b still sends requests to a"),
        (state(upstreams_of_other=TO_B | {"blog": ["a", "b"]}),
         "the proxy of b still sends requests to a"),
        (state(upstreams_of_other=None), "the proxy of b does not answer"),
        (state(other={"blog_role": str(BlogRole.READ_ONLY)}), "the blog of b takes no changes yet"),
    ],
)  # fmt: skip
def test_what_it_still_carries_is_said(found, left):
    assert movement.left_until_drained(found) == [left]


def test_a_vm_without_a_blog_waits_for_none():
    without = {"blog": "unreachable", "blog_role": "read-only"}

    assert movement.left_until_drained(state(own=without, other=without)) == []


@pytest.mark.parametrize(
    ("found", "reasons"),
    [
        (state(), []),
        (state(other={"app": "not ready"}), [NOT_READY]),
        (state(link="down"), ["the link to b is down, so nothing can be moved there"]),
        (state(other={"blog": "unreachable"}), [NO_BLOG]),
        (state(own={"blog": "not ready"}, other={"blog": "unreachable"}), []),
    ],
)  # fmt: skip
def test_a_drain_is_refused_while_the_other_side_could_not_serve(found, reasons):
    assert movement.refusal(found) == reasons


def test_a_side_is_back_when_it_is_ready_and_both_proxies_know_it():
    ready = {"app": "ready"}
    both = {"upstreams": TO_BOTH, "upstreams_of_other": TO_BOTH}

    assert movement.left_until_back(state(own=ready, **both)) == []
    assert movement.back(state(own=ready)) == "a is back and stands by"
    assert movement.back(state(own=ready | {"role": "active"})) == "a is back and is active"
    assert movement.left_until_back(state(own=ready)) == [
        "the proxy of a does not send requests to a yet",
        "the proxy of b does not send requests to a yet",
    ]
    assert movement.left_until_back(state(own={"role": "unknown"}, **both)) == [
        "the app of a is draining", "a is neither active nor standby yet",
    ]  # fmt: skip


def test_a_side_is_back_without_the_other_vm_while_the_link_is_down():
    alone = {"upstreams": {"app": ["a"], "mqtt": ["a"], "blog": ["a"]}, "upstreams_of_other": None}
    own = {"app": "ready", "role": "active"}

    assert movement.left_until_back(state(own=own, link="down", **alone)) == []
    assert movement.left_until_back(state(own=own, **alone)) == ["the proxy of b does not answer"]


def test_who_serves_what_is_said_and_what_is_wrong():
    serves = "a serves people as the active one, b stands by"

    assert movement.look({"sentence": serves, "problems": []}) == [
        "A serves people as the active one, b stands by."
    ]
    assert movement.look({"sentence": serves, "problems": ["the link is down"]})[1:] == [
        "The link is down."
    ]
    assert len(movement.look(None)) == 2


class Clock:
    def __init__(self):
        self.seconds = 0.0

    def now(self):
        return self.seconds

    def sleep(self, seconds):
        self.seconds += seconds


def wait(states, seconds=10.0):
    clock, said = Clock(), []
    remaining = list(states)

    def read():
        return remaining.pop(0) if len(remaining) > 1 else remaining[0]

    done = movement.wait(
        "drained", seconds, read=read, say=said.append, now=clock.now, sleep=clock.sleep
    )
    return done, said, clock.seconds


def test_what_is_left_is_said_once_and_the_end_in_one_sentence():
    waiting = state(other={"role": "standby"})

    assert wait([waiting, waiting, state()])[:2] == (
        True, ["b is not active yet", "a carries no traffic, b serves everybody"],
    )  # fmt: skip


def test_it_gives_up_after_its_time_with_what_is_left():
    done, said, seconds = wait([state(upstreams=TO_BOTH)], 3.0)

    assert (done, said) == (False, ["the proxy of a still sends requests to a"])
    assert seconds == pytest.approx(3.0)


def test_a_controller_that_does_not_run_is_what_is_left():
    assert wait([None], 0.0)[:2] == (False, [movement.UNKNOWN])


def test_a_state_that_is_old_missing_or_corrupt_is_none(tmp_path):
    file = tmp_path / "ha.json"
    assert movement.read_state(file) is None
    file.write_text("{")
    assert movement.read_state(file) is None
    file.write_text(json.dumps(state()))
    assert movement.read_state(file) == state()
    os.utime(file, (1, 1))
    assert movement.read_state(file) is None
