from datetime import UTC, datetime

import pytest

from qlines.messengers.http_answer import of_api, of_webhook, retry_after_seconds
from qlines.webhook.http import Response

NOW = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)


def answered(status, body=b"", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, named, body)


def test_410_ends_a_webhook():
    assert of_webhook(answered(410), NOW).kind == "gone"


def test_a_redirect_is_a_failure_that_names_where_it_leads():
    result = of_webhook(answered(301, location="https://b.example/"), NOW)

    assert result.kind == "retry"
    assert "https://b.example/" in result.sentence


def test_429_with_retry_after_waits_for_as_long_as_was_asked():
    result = of_webhook(answered(429, retry_after="30"), NOW)

    assert (result.kind, result.retry_after_seconds) == ("retry", 30)


@pytest.mark.parametrize("status", [429, 502, 504])
def test_without_retry_after_who_wants_us_to_slow_down_has_a_minute(status):
    assert of_webhook(answered(status), NOW).retry_after_seconds == 60


def test_500_is_tried_again_on_the_usual_schedule():
    assert of_webhook(answered(500), NOW).retry_after_seconds == 0


def test_retry_after_may_be_a_date():
    assert retry_after_seconds("Fri, 15 Jan 2027 08:02:00 GMT", NOW) == 120
    assert retry_after_seconds("Fri, 15 Jan 2027 07:00:00 GMT", NOW) == 0
    assert retry_after_seconds("soon", NOW) == 0


def test_nobody_makes_us_wait_for_more_than_a_day():
    assert of_webhook(answered(503, retry_after="99999999"), NOW).retry_after_seconds == 86_400


def test_a_service_that_refuses_a_message_is_not_asked_again():
    result = of_api(answered(401, b'{"error":"unauthorized"}'), NOW)

    assert (result.kind, result.sentence) == (
        "refused",
        'it answered 401: {"error":"unauthorized"}',
    )


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_service_that_is_busy_is_asked_again(status):
    assert of_api(answered(status), NOW).kind == "retry"
