import json

from appliance.shared.http_server import Request
from proxy.controller.response import response_to

REPORTS = {"/proxy-health": lambda: (503, {"status": "down"})}


def test_a_path_is_answered_by_its_report():
    response = response_to(Request("/proxy-health", "", "127.0.0.1"), REPORTS)

    assert (response.status, json.loads(response.body)) == (503, {"status": "down"})


def test_any_other_path_gets_the_paths_there_are():
    response = response_to(Request("/", "", "127.0.0.1"), REPORTS)

    assert response.status == 404
    assert "/proxy-health" in response.body
