"""The report of all nodes beside the same stores."""

import json

from appliance.shared.http_server import Request
from healthcheck import nodes
from healthcheck.report import Loop
from healthcheck.response import State, response_to
from qlines.nodes_file import Seen

WELL = Seen("node-1", 2.0, "ok", ())
TROUBLED = Seen("node-2", 3.0, "degraded", ("cron (failed): ended",))
DOWN = Seen("node-3", 1.0, "down", ("mongodb (failed): refused",))
LOST = Seen("node-4", 41.0, "ok", ())


def judged(*seen):
    status, report = nodes.document(seen)
    return status, report["status"], report["problems"]


def test_when_all_nodes_are_well_the_whole_is():
    assert judged(WELL, WELL._replace(name="node-2")) == (200, "ok", [])


def test_the_problems_of_a_node_are_those_of_the_whole():
    assert judged(WELL, TROUBLED) == (200, "degraded", ["node-2: cron (failed): ended"])
    assert judged(WELL, DOWN) == (200, "degraded", ["node-3: mongodb (failed): refused"])


def test_what_a_lost_node_said_of_itself_counts_no_more():
    assert judged(WELL, LOST) == (200, "degraded", ["node-4: nothing was heard of it for 41 s"])
    assert nodes.document([LOST])[1]["nodes"] == [
        {
            "name": "node-4", "status": "lost", "silent_seconds": 41.0,
            "problems": ["nothing was heard of it for 41 s"],
        }
    ]  # fmt: skip


def test_without_a_node_that_can_serve_the_whole_is_down():
    assert judged(DOWN, LOST)[:2] == (503, "down")


def ask(query, seen):
    request = Request("/health/deep", "", "127.0.0.1", query)
    return json.loads(response_to(request, "token", State(None, Loop(0.0), nodes=seen)).body)


def test_any_node_answers_for_all():
    assert [node["name"] for node in ask("all=1", (WELL, LOST))["nodes"]] == ["node-1", "node-4"]


def test_a_node_alone_answers_for_itself():
    assert "nodes" not in ask("", (WELL,))
    assert "nodes" not in ask("all=1", None)
