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
