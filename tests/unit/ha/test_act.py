import json

import pytest

from ha import act
from ha.view import BlogRole, Decision

BOTH = Decision(("a", "b"), ("a", "b"), ("a", "b"), BlogRole.REPLICA)


def lines(text):
    return [line for line in text.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(
    ("own", "app", "blog"),
    [
        ("a", "app = app, 127.0.0.1:7501:7502 backup", "blog = blog, 127.0.0.1:7503 backup"),
        ("b", "app = 127.0.0.1:7501:7502, app backup", "blog = 127.0.0.1:7503, blog backup"),
    ],
)
def test_the_own_side_is_named_and_the_other_is_behind_the_link(own, app, blog):
    assert lines(act.upstreams(BOTH, own)) == [app, app.replace("app =", "mqtt ="), blog]


def test_a_side_that_is_left_out_is_not_in_the_list():
    decision = BOTH._replace(app=("b",), mqtt=("b",))

    assert lines(act.upstreams(decision, "a"))[:2] == [
        "app = 127.0.0.1:7501:7502",
        "mqtt = 127.0.0.1:7501:7502",
    ]


def test_the_first_line_says_who_owns_the_file():
    assert act.upstreams(BOTH, "a").startswith("# Written by the controller")


def test_the_list_is_written_only_when_it_changes(tmp_path):
    file = tmp_path / "upstreams"

    assert act.write_upstreams(file, BOTH, "a")
    assert not act.write_upstreams(file, BOTH._replace(reason="another one"), "a")
    file.write_bytes(b"\xff")
    assert act.write_upstreams(file, BOTH, "a")
    assert file.read_text() == act.upstreams(BOTH, "a")


def test_the_state_is_one_document(tmp_path):
    act.write_state(tmp_path / "ha.json", {"side": "a"})

    assert json.loads((tmp_path / "ha.json").read_text()) == {"side": "a"}


def test_the_workers_of_the_link_are_ended_and_nobody_else(tmp_path, monkeypatch):
    ended = []
    monkeypatch.setattr("os.kill", lambda pid, _signal: ended.append(pid))
    parents = {"1": 0, "50": 1, "51": 50, "52": 50, "60": 1, "61": 60}
    for process, parent in parents.items():
        (tmp_path / process).mkdir()
        (tmp_path / process / "stat").write_text(f"{process} (nginx: a) b) S {parent} 1 1 0")
    (tmp_path / "53").mkdir()
    (tmp_path / "self").mkdir()
    (tmp_path / "link.pid").write_text("50\n")

    assert act.end_connections(tmp_path / "link.pid", tmp_path) == 2
    assert sorted(ended) == [51, 52]


def test_without_the_nginx_of_the_link_there_is_nothing_to_end(tmp_path):
    assert act.end_connections(tmp_path / "link.pid") == 0
