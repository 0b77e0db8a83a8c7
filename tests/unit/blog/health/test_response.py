import json

import pytest

from appliance.shared.http_server import Request
from blog.health.response import respond


@pytest.mark.parametrize(("status", "code"), [("ok", 200), ("degraded", 503), ("down", 503)])
def test_the_status_code_follows_the_report(status, code):
    response = respond(Request("/health", "", "192.0.2.1"), lambda: {"status": status})

    assert response.status == code
    assert json.loads(response.body) == {"status": status}


def test_another_path_is_not_found_and_probes_nothing():
    def fail():
        raise AssertionError("it made a report")

    response = respond(Request("/", "", "192.0.2.1"), fail)

    assert response.status == 404
    assert json.loads(response.body)["reason"] == "the paths are /health"
