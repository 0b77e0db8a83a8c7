"""The story of a first device: a name, a snippet to paste, and the first value or what went wrong.

Points 1 and 2 of what a browser must do.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import DESKTOP_FIRST, EACH_LOOK
from tests.harness.people import new_person

# Apart from the others: its paho has other contents under the same name (see .venv/made).
THINGSBOARD_SDK = Path(sys.prefix) / "thingsboard-sdk"


@pytest.fixture
def first_steps(appliance, open_page):
    """Return a function that lets a new person add a device and opens its second step."""

    def start(name, **options):
        person = new_person(appliance, name)
        page = open_page(person, "/devices", **options)
        link = page.get_by_role("link", name="Add your first device")
        visit(page, link.get_attribute("href"))
        expect(page.locator("h1")).to_have_text("Add your first device")
        page.fill("#add-name", "My first")
        page.locator("#add-submit").click()
        page.wait_for_url("**/devices/new?device=*")
        visit(page, page.url)
        expect(page.locator("h1")).to_have_text("Connect My first")
        expect(page.locator("#snippets pre")).to_be_visible()
        return page

    return start


def snippet(page, label):
    page.locator("#snippets label").get_by_text(label, exact=True).click()
    return page.locator("#snippets pre").inner_text()


def run_in_shell(command):
    return subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, timeout=60, check=True
    )


def url_of(page):
    return shlex.split(snippet(page, "curl"))[3]


@EACH_LOOK
def test_the_first_device_is_added_and_its_first_value_arrives(first_steps):
    page = first_steps("newcomer", permissions=["clipboard-read", "clipboard-write"])
    expect(page.locator("#state-title")).to_have_text("Waiting for the first message")

    snippet(page, "curl")
    page.get_by_role("button", name="Copy the snippet for curl").click()
    run_in_shell(page.evaluate("navigator.clipboard.readText()"))

    expect(page.locator("#state-title")).to_have_text("First message received")
    expect(page.locator("#received")).to_have_text("temperature = 21.5")
    page.locator("#open-device").click()
    expect(page.locator("#device-name")).to_have_text("My first")


@pytest.mark.parametrize("label", ["Python", "Node.js"])
def test_a_snippet_runs_as_it_is(appliance, first_steps, tmp_path, label):
    page = first_steps(f"paster-{label.lower().removesuffix('.js')}")
    file = tmp_path / ("send.py" if label == "Python" else "send.mjs")
    # Only a test publishes the broker's port under another number than the settings say.
    file.write_text(snippet(page, label).replace("port=1883", f"port={appliance.mqtt_port}"))
    program = sys.executable if label == "Python" else os.path.join(sys.prefix, "bin", "node")

    run = subprocess.run([program, file], capture_output=True, text=True, timeout=60, check=False)

    assert run.stdout.strip() == "sent", run.stderr
    expect(page.locator("#received")).to_have_text("temperature = 21.5")


def test_the_snippet_for_the_sdk_of_thingsboard_runs_as_it_is(appliance, first_steps, tmp_path):
    page = first_steps("mover")
    file = tmp_path / "send.py"
    # Only a test publishes the broker's port under another number than the settings say.
    code = snippet(page, "ThingsBoard SDK").replace("port=1883", f"port={appliance.mqtt_port}")
    file.write_text(code)
    environment = {**os.environ, "PYTHONPATH": str(THINGSBOARD_SDK), "PIP_NO_INDEX": "1"}

    run = subprocess.run(
        [sys.executable, file],
        capture_output=True, text=True, timeout=60, check=False, env=environment,
    )  # fmt: skip

    assert run.returncode == 0, run.stderr
    expect(page.locator("#received")).to_have_text("temperature = 21.5")


def test_a_test_value_arrives_and_the_device_is_still_waited_for(first_steps):
    page = first_steps("curious")

    page.get_by_role("button", name="Send a test value").click()

    expect(page.locator(".qlines-toast")).to_have_text("A test value is on its way.")
    expect(page.locator("#test-received")).to_contain_text(
        "The test value has arrived: qlines_test"
    )
    expect(page.locator("#state-title")).to_have_text("Waiting for the first message")
    visit(page, page.url)
    expect(page.locator("#test-received")).to_be_visible()
    requests.post(url_of(page), data='{"temperature": 3}', timeout=10)
    expect(page.locator("#received")).to_have_text("temperature = 3")
    expect(page.locator("#test-received")).to_be_hidden()


def test_a_command_runs_as_it_is(appliance, first_steps):
    page = first_steps("publisher")
    command = snippet(page, "mosquitto_pub")
    assert " -p 1883 " in command

    # Only a test publishes the broker's port under another number than the settings say.
    run_in_shell(command.replace(" -p 1883 ", f" -p {appliance.mqtt_port} "))

    expect(page.locator("#received")).to_have_text("temperature = 21.5")


def test_the_choice_of_a_snippet_is_kept(first_steps):
    page = first_steps("sketcher")
    sketch = snippet(page, "Arduino / ESP32")
    assert "PubSubClient" in sketch
    assert "WiFi.macAddress()" in sketch, "two boards with one client id disconnect each other"

    visit(page, page.url)

    expect(page.locator("#snippets pre")).to_contain_text("PubSubClient")
    assert "TBDeviceMqttClient" in snippet(page, "ThingsBoard SDK")


@DESKTOP_FIRST
def test_a_message_that_is_no_json_is_shown_with_the_reason(first_steps):
    page = first_steps("beginner")

    requests.post(url_of(page), data="temperature=21.5", timeout=10)

    expect(page.locator("#cause-text")).to_contain_text("could not be stored: not JSON")
    expect(page.locator("#cause-remedy")).to_contain_text("double quotes")
    expect(page.locator("#payload")).to_have_text("temperature=21.5")
    visit(page, page.url)
    expect(page.locator("h1")).to_have_text("Connect My first")
    expect(page.locator("#payload")).to_have_text("temperature=21.5")
    requests.post(url_of(page), data='{"temperature": 3}', timeout=10)
    expect(page.locator("#received")).to_have_text("temperature = 3")
    expect(page.locator("#cause")).to_be_hidden()


def test_a_device_that_connects_and_says_nothing_is_noticed(appliance, first_steps):
    page = first_steps("silent")
    token = re.search(r"/api/v1/(\w+)/", url_of(page))[1]

    with MqttDevice(appliance, token):
        expect(page.locator("#cause-text")).to_contain_text("connected with the right token")

    expect(page.locator("#cause-text")).to_contain_text("left without a message")


@DESKTOP_FIRST
def test_a_token_that_was_cut_short_is_noticed(first_steps):
    page = first_steps("hasty")
    url = re.sub(r"/api/v1/(\w{10})\w*/", r"/api/v1/\1/", url_of(page))

    assert requests.post(url, data='{"temperature": 3}', timeout=10).status_code == 401

    expect(page.locator("#cause-text")).to_contain_text("much like the token of this device")


def test_after_half_a_minute_without_anything_a_checklist_appears(first_steps):
    page = first_steps("waiting")
    page.clock.install()
    visit(page, page.url)
    expect(page.locator("#state-title")).to_have_text("Waiting for the first message")
    expect(page.locator("#checklist")).to_be_hidden()

    page.clock.fast_forward(30_000)

    expect(page.locator("#checklist")).to_be_visible()
    expect(page.locator("#cause-text")).to_have_text("Nothing has arrived from this device.")
