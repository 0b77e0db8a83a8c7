"""What a device's path and query mean."""

import pytest

from qlines.errors import InvalidReading
from qlines.web.device.paths import DevicePath, is_poll, parse, poll_seconds, topic_of_answer


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("TOKEN/rpc", ("TOKEN", "rpc", "")),
        ("TOKEN/rpc/", ("TOKEN", "rpc", "")),
        ("TOKEN/rpc/17", ("TOKEN", "rpc/{number}", "17")),
        ("TOKEN/rpc/1/2", ("TOKEN", "rpc/{number}", "1/2")),
        ("TOKEN/attributes/updates", ("TOKEN", "attributes/updates", "")),
        ("TOKEN/firmware", ("TOKEN", "firmware", "")),
        ("TOKEN", ("TOKEN", "", "")),
    ],
)
def test_a_path_is_token_resource_and_the_number_of_a_command(path, parts):
    assert parse(f"/api/v1/{path}") == DevicePath(*parts)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/api/v1/TOKEN/rpc", True),
        ("GET", "/api/v1/TOKEN/attributes/updates", True),
        ("GET", "/api/v1/TOKEN/attributes", False),
        ("POST", "/api/v1/TOKEN/rpc", False),
        ("GET", "/api/data", False),
        ("GET", "/rpc", False),
    ],
)
def test_a_poll_is_known_by_method_and_path(method, path, expected):
    assert is_poll(method, path) is expected


@pytest.mark.parametrize(
    ("timeout", "seconds"),
    [
        (None, 60), ("0", 60), ("1", 0.001), ("5000", 5), ("300000", 300), ("300001", 300),
        ("9" * 18, 300),
    ],
)  # fmt: skip
def test_a_poll_takes_as_long_as_the_device_wants_up_to_five_minutes(timeout, seconds):
    assert poll_seconds({} if timeout is None else {"timeout": [timeout]}) == seconds


@pytest.mark.parametrize("timeout", ["-1", "1.5", "1e3", "a minute", "²", "9" * 19, " 1"])
def test_a_time_that_is_no_number_is_refused_with_the_rule(timeout):
    with pytest.raises(InvalidReading, match="whole number of milliseconds, at most 300,000"):
        poll_seconds({"timeout": [timeout]})


@pytest.mark.parametrize(
    ("number", "tail"), [("1", "1"), ("007", "7"), ("2147483647", "2147483647")]
)
def test_an_answer_goes_where_mqtt_has_it(number, tail):
    assert topic_of_answer(number) == f"v1/devices/me/rpc/response/{tail}"


@pytest.mark.parametrize("number", ["", "0", "-1", "x", "1/2", "2147483648", "٣", "9" * 5000])
def test_the_number_of_no_command_is_refused_with_the_rule(number):
    with pytest.raises(InvalidReading, match="a whole number from 1 to 2147483647"):
        topic_of_answer(number)
