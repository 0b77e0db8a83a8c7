"""Numbers and dates are written as the browser's language writes them."""

import re

from playwright.sync_api import expect

from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import DESKTOP_FIRST
from tests.harness.people import new_person

SERIAL, TINY = 20_261_128_001, 2.5e-9


@DESKTOP_FIRST
def test_a_german_browser_reads_german_numbers_and_dates(appliance, open_page):
    owner = new_person(appliance, "german")
    device = owner.new_device()
    with MqttDevice(appliance, device.token) as client:
        client.publish({"temperature": 21.5, "serial": SERIAL, "leak": TINY})
    eventually(lambda: owner.value(device, "temperature") == 21.5, 20, "the values are stored")

    page = open_page(owner, f"/devices/{device.id}", language="de-DE", timezone="Europe/Berlin")

    values = page.locator("#latest")
    expect(values.locator("tr", has_text="temperature")).to_contain_text("21,5")
    expect(values.locator("tr", has_text="serial")).to_contain_text(str(SERIAL))
    expect(values.locator("tr", has_text="leak")).to_contain_text("2.5e-9")
    expect(page.locator("#tiles")).to_contain_text("21,5")
    exact = values.locator("time").first.get_attribute("title")
    assert re.match(r"\d\d\.\d\d\.\d{4}, \d\d:\d\d:\d\d \(Europe/Berlin\)$", exact)
