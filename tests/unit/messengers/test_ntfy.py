import json

import pytest

from qlines.messengers import ntfy
from qlines.webhook.http import Response

TOPIC = {"server": "https://ntfy.example.com", "topic": "alarms-x7", "token": "tk_secret"}


def test_it_is_posted_as_json_to_the_root_of_the_server(means, http, message):
    assert ntfy.send(TOPIC, message, means).kind == "ok"

    ((url, headers, body),) = http.requests
    assert url == "https://ntfy.example.com/"
    assert headers["Authorization"] == "Bearer tk_secret"
    assert json.loads(body) == {
        "topic": "alarms-x7",
        "title": "Pump too hot: pump 7 raised (major)",
        "message": "temperature was 93 (limit 80).",
        "priority": 4,
        "tags": ["major"],
        "click": "https://devices.example.com/alarms/65f000000000000000000001",
    }


def test_an_open_topic_needs_no_token(means, http, message):
    ntfy.send({"server": "https://ntfy.sh", "topic": "t"}, message, means)

    assert "Authorization" not in http.requests[0][1]


@pytest.mark.parametrize(
    ("severity", "kind", "priority"),
    [
        ("critical", "alarm.raised", 5),
        ("info", "alarm.raised", 2),
        ("critical", "alarm.cleared", 3),
    ],
)
def test_the_priority_is_that_of_the_severity(message, severity, kind, priority):
    assert ntfy.priority_of(message._replace(severity=severity, type=kind)) == priority


def test_a_long_text_stays_a_message(means, http, message):
    ntfy.send(TOPIC, message._replace(text="ü" * 4_000), means)

    assert len(json.loads(http.requests[0][2])["message"].encode()) <= 4_000


@pytest.mark.parametrize(("status", "kind"), [(401, "refused"), (429, "retry"), (507, "retry")])
def test_a_refusal_says_why(means, http, message, status, kind):
    http.answer = Response(status, {}, b'{"error":"no"}')

    result = ntfy.send(TOPIC, message, means)

    assert (result.kind, '{"error":"no"}' in result.sentence) == (kind, True)
