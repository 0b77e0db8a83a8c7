from contextlib import suppress

import pytest

from qlines.clock import FakeClock
from qlines.web.request_metrics import Histogram, RequestMetrics, area_of


@pytest.fixture
def clock():
    return FakeClock(0)


def request(clock, path="/devices", *, status="200 OK", seconds=0.0, error=None):
    """Return what is counted after one request that took *seconds*."""

    def inner(environ, start_response):
        clock.advance(seconds)
        if error:
            raise error
        start_response(status, [])
        return [b""]

    metrics = RequestMetrics(inner, clock)
    started = []
    with suppress(ValueError):
        metrics({"PATH_INFO": path}, lambda *arguments: started.append(arguments))
    assert started == ([] if error else [(status, [])])
    return metrics.counters()


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("/", "page"),
        ("/devices/6543", "page"),
        ("/api/data", "api"),
        ("/api/v1/TOKEN/telemetry", "device"),
        ("/static/app.js", None),
        ("/socket.io/", None),
        ("/robots.txt", None),
    ],
)
def test_a_path_belongs_to_an_area(path, area):
    assert area_of(path) == area


def test_a_poll_of_a_device_belongs_to_none():
    assert area_of("/api/v1/TOKEN/rpc", "GET") is None
    assert area_of("/api/v1/TOKEN/rpc", "POST") == "device"


def test_it_counts_by_area_and_class_of_the_status(clock):
    counted = request(clock, "/api/data", status="404 NOT FOUND")

    assert counted['requests{area="api",status="4xx"}'] == 1
    assert counted['requests{area="api",status="2xx"}'] == 0


def test_an_exception_is_a_server_error(clock):
    counted = request(clock, error=ValueError())

    assert counted['requests{area="page",status="5xx"}'] == 1


def test_it_measures_until_the_response_begins(clock):
    counted = request(clock, seconds=0.2)

    assert counted['request_duration_seconds_bucket{area="page",le="0.1"}'] == 0
    assert counted['request_duration_seconds_bucket{area="page",le="0.25"}'] == 1
    assert counted['request_duration_seconds_sum{area="page"}'] == pytest.approx(0.2)


def test_sockets_are_not_counted(clock):
    assert set(request(clock, "/socket.io/", seconds=3600).values()) == {0}


def test_a_bucket_includes_its_bound_and_all_smaller_values():
    histogram = Histogram()
    for value in (0.005, 0.006, 99):
        histogram.observe(value)

    counted = histogram.counters("x")
    assert counted['x_bucket{le="0.005"}'] == 1
    assert counted['x_bucket{le="0.01"}'] == 2
    assert counted['x_bucket{le="10.0"}'] == 2
    assert counted['x_bucket{le="+Inf"}'] == counted["x_count"] == 3


def test_a_request_is_in_hand_until_its_answer_is_sent(clock):
    metrics = RequestMetrics(lambda _environ, start: start("200 OK", []) or [b"a", b"b"], clock)

    answer = metrics({"PATH_INFO": "/api/exports/1/file"}, lambda *_: None)

    assert metrics.counters()["requests_in_hand"] == 1
    assert b"".join(answer) == b"ab"
    answer.close()
    assert metrics.counters()["requests_in_hand"] == 0


def test_a_request_that_fails_is_not_in_hand(clock):
    assert request(clock, error=ValueError("wrong"))["requests_in_hand"] == 0
