"""The message that the appliance sends itself: it is measured, and nobody sees it."""

import json

import pytest
import requests

from tests.harness.deadline import eventually
from tests.harness.docker import CommandError
from tests.harness.live_page import LivePage
from tests.harness.people import Api, Device

HIDDEN_NAME = "canary"


def report(appliance):
    """Return the deep report, whatever its status."""
    return appliance.health("deep").json()


@pytest.fixture(scope="module")
def device(appliance):
    """Return the canary's row of /api/data, read with its own key."""
    api = Api(appliance, appliance.secret("canary_api_key"))
    [row] = api.document("/api/data")["items"]
    return row


def test_the_report_and_the_metrics_tell_its_age_and_latency(appliance):
    def measured():
        canary = report(appliance)["canary"]
        if canary["latency_ms"] is None:
            return False
        return 0 <= canary["age_seconds"] < 15 and 0 < canary["latency_ms"] < 8_000

    eventually(measured, 30, "a message of the canary is readable in its time")
    text = requests.get(f"http://127.0.0.1:{appliance.health_port}/metrics", timeout=10).text
    for name in ("age_seconds", "latency_seconds", "sent_total", 'failures_total{stage="api"}'):
        assert f"qlines_canary_{name} " in text


def test_its_secrets_are_readable_by_their_owner_only(appliance):
    modes = appliance.exec("sh", "-c", "stat -c %a /data/secrets/canary_*").split()

    assert modes == ["600", "600"]


def test_the_command_line_does_not_show_it(appliance, device):
    listed = appliance.cli("user", "list") + appliance.cli("device", "list")

    assert HIDDEN_NAME not in json.dumps(listed)
    assert device["id"] not in json.dumps(listed)
    for command in (
        ("device", "remove", device["id"]),
        ("device", "list", "--owner", HIDDEN_NAME),
        ("api-key", "add", HIDDEN_NAME),
        ("user", "reset-password", HIDDEN_NAME),
    ):
        with pytest.raises(CommandError):
            appliance.cli(*command)


@pytest.mark.parametrize("person", ["admin", "alice"])
@pytest.mark.parametrize(
    "path",
    ["/api/data", "/api/data?search=canary", "/api/devices", "/api/unregistered", "/devices"],
)
def test_no_list_shows_it(request, person, path, device):
    browser = request.getfixturevalue(person).browser()

    page = browser.get(path)

    assert device["id"] not in page.text
    assert device["name"] not in page.text


@pytest.mark.parametrize("person", ["admin", "alice"])
def test_its_device_does_not_exist_for_anybody(request, person, device):
    api = request.getfixturevalue(person).api
    path = f"/api/devices/{device['id']}"
    export = {"device": device["id"], "keys": ["sent"], "from": 0, "to": 1, "format": "csv"}

    answers = [
        api.get(path),
        api.get(f"{path}/latest"),
        api.get(f"{path}/readings?keys=sent"),
        api.delete(path),
        api.get(f"/devices/{device['id']}"),
        api.post("/api/exports", json=export),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6


def test_nobody_can_watch_it(appliance, admin, device):
    with LivePage(admin.browser(), appliance.url("/")) as page:
        answer = page.watch(Device(device["id"], device["name"], ""))

    assert answer == {"ok": False, "error": "there is no such device"}


def test_its_user_cannot_sign_in(appliance, admin):
    browser = admin.browser()
    browser.sign_out()

    assert browser.sign_in(HIDDEN_NAME, "").status_code == 403
