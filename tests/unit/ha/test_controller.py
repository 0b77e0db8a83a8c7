import json
import logging

import pytest

from appliance.shared.http_server import Request
from appliance.shared.twin import Twin
from ha import controller as module
from ha.controller import Controller, copy_once, respond
from ha.observe import Round
from ha.view import Condition, Observation, Role

PAIRING = Twin("a", "proxy", {"b": "vm-b:7443"})


class Vms:
    """Two VMs whose answers the test sets; a second passes with each round."""

    def __init__(self):
        self.now = 0.0
        self.own, self.other = (Condition.READY, Role.ACTIVE), (Condition.READY, Role.STANDBY)
        self.blogs = {"own": Condition.READY, "other": Condition.READY}
        self.peer = {"blog_role": "replica"}

    def observe(self):
        self.now += 1.0
        answers = {"own": self.own, "other": self.other}
        return Round(
            {name: Observation(self.now, *answer, "1") for name, answer in answers.items()},
            {name: Observation(self.now, condition) for name, condition in self.blogs.items()},
            self.peer,
        )


@pytest.fixture
def vms():
    return Vms()


@pytest.fixture
def new_controller(tmp_path, vms):
    def make():
        return Controller(
            PAIRING, vms.observe, data=tmp_path, run=tmp_path / "run", now=lambda: vms.now
        )

    return make


def rounds(controller, count=1):
    return [controller.run_once() for _ in range(count)][-1]


def test_a_decision_becomes_the_list_of_upstreams_and_the_state(new_controller, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    sentence = rounds(new_controller(), 3)

    assert "a serves people as the active one" in sentence
    assert "app = app, 127.0.0.1:7501:7502 backup" in (tmp_path / "upstreams").read_text()
    assert json.loads((tmp_path / "run" / "ha.json").read_text())["sentence"] == sentence
    assert caplog.text.count("a serves people") == 1


def test_the_blog_s_lease_grows_shorter_while_nobody_looks(new_controller, vms):
    controller = new_controller()
    rounds(controller, 20)
    fresh = controller.role()
    vms.now += 5.0

    assert (fresh["role"], controller.role()["role"]) == ("primary", "primary")
    assert controller.role()["valid_seconds"] == pytest.approx(fresh["valid_seconds"] - 5.0)
    vms.now += 10.0
    assert controller.role()["role"] == "read-only"
    assert controller.summary()["blog_role"] == "read-only"


def test_a_restarted_controller_goes_on_with_what_it_had_decided(new_controller):
    rounds(new_controller(), 20)

    again = new_controller()
    rounds(again)

    assert again.role()["role"] == "primary"


def test_a_memory_that_is_corrupt_is_as_good_as_none(new_controller, tmp_path, caplog):
    (tmp_path / "ha.json").write_text("{")

    assert new_controller().decision is None
    assert "is corrupt and ignored" in caplog.text


def test_the_link_is_down_when_nothing_of_the_other_side_answers(
    new_controller, vms, tmp_path, monkeypatch
):
    ended = []
    monkeypatch.setattr(module.act, "end_connections", ended.append)
    controller = new_controller()
    rounds(controller)
    vms.other, vms.peer = (Condition.UNREACHABLE, Role.UNKNOWN), None
    rounds(controller)
    assert ended == [], "the blog still answers"

    vms.blogs["other"] = Condition.UNREACHABLE
    rounds(controller, 5)

    state = json.loads((tmp_path / "run" / "ha.json").read_text())
    assert state["link"] == "down"
    assert state["problems"][0].startswith("the link to b is down")
    assert ended == [tmp_path / "run" / "link.pid"]


def test_a_request_is_answered_by_its_path():
    answers = {"/role": lambda: {"role": "replica"}}

    assert json.loads(respond(Request("/role", "", ""), answers).body) == {"role": "replica"}
    assert respond(Request("/", "", ""), answers).status == 404


@pytest.mark.parametrize("answer", ["refused", {"status": "not found"}])
def test_certificates_that_cannot_be_copied_are_a_problem(tmp_path, monkeypatch, answer):
    monkeypatch.setattr(module, "ask", lambda _place, _seconds: answer)

    assert "could not be copied" in copy_once(tmp_path)


def test_certificates_that_are_there_already_are_none(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ask", lambda _place, _seconds: {"files": {}, "links": {}})

    assert copy_once(tmp_path) == ""


def test_without_a_pairing_there_is_nothing_to_run(tmp_path, caplog):
    module.run(tmp_path, tmp_path, has_blog=True)

    assert caplog.text == ""


def test_a_pairing_that_is_corrupt_is_logged_and_ends_nothing_else(tmp_path, caplog):
    file = tmp_path / "twin" / "twin.json"
    file.parent.mkdir()
    file.write_text("{")

    module.run(tmp_path, tmp_path, has_blog=True)

    assert f"{file} must be written by `make twin-join`" in caplog.text


def test_a_round_that_fails_is_logged_and_the_lease_runs_out(new_controller, vms, caplog):
    controller = new_controller()
    rounds(controller, 20)
    vms.blogs = "an answer that nobody thought of"
    vms.now += 20.0

    assert not controller.attempt()
    assert "the controller of the pair (ha) could not decide" in caplog.text
    assert controller.role()["role"] == "read-only"


def test_the_lease_of_a_decision_is_never_that_of_the_next_one(new_controller, vms, monkeypatch):
    controller = new_controller()
    rounds(controller, 3)
    effects, seen = module._effects, []

    def effects_while_the_blog_asks(decision):
        seen.append((controller.role(), controller.decision.sentence))
        return effects(decision)

    monkeypatch.setattr(module, "_effects", effects_while_the_blog_asks)
    vms.own, vms.other = vms.other, vms.own
    vms.now += 100.0  # the lease of the last decision has ended

    sentence = controller.run_once()

    assert seen
    for role, asked in seen:
        assert asked == sentence or role["role"] == "read_only"
