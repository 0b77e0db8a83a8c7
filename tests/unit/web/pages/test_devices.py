"""The pages /devices/<id> and /devices/new: a name first, then how to connect that device."""

import json
import re


def test_the_first_device_is_called_so(alice):
    alice.call("DELETE", f"/api/devices/{alice.device_id}")

    assert "Add your first device" in alice.get("/devices/new").text


def test_a_later_one_is_not(alice):
    page = alice.get("/devices/new").text

    assert "Add a device" in page
    assert "first device" not in page


def test_the_address_has_the_device_so_that_a_reload_resumes(alice):
    page = alice.get(f"/devices/new?device={alice.device_id}").text

    assert f'data-id="{alice.device_id}"' in page
    assert alice.device["token"] not in page  # only the API gives it out


def test_the_device_of_somebody_else_cannot_be_connected(alice, bob):
    assert bob.get(f"/devices/new?device={alice.device_id}").status_code == 404


def test_the_page_has_the_labels_and_units_whatever_they_contain(alice):
    displays = {"a'b\"": {"label": "</div><b>'\"&", "unit": "°C"}}
    alice.call("PATCH", f"/api/devices/{alice.device_id}", json={"displays": displays})

    page = alice.browser().get(f"/devices/{alice.device_id}").text

    assert json.loads(re.search(r"data-displays='([^']*)'", page)[1]) == displays
    assert "</div><b>" not in page


def test_the_page_has_the_controls_of_the_device_and_its_tags_whatever_they_are_called(alice):
    alice.call("PATCH", f"/api/devices/{alice.device_id}", json={"tags": ["pumps"]})
    button = {"method": "open", "kind": "button"}
    places = {"a'b\"</section><b>": {"device": alice.device_id}, "Close": {"tag": "pumps"}}
    for label, place in places.items():
        alice.call("POST", "/api/controls", json={**button, **place, "label": label})

    page = alice.browser().get(f"/devices/{alice.device_id}").text

    controls = json.loads(re.search(r"data-controls='([^']*)'", page)[1])
    assert [control["label"] for control in controls] == list(places)
    assert "</section><b>" not in page


def test_controls_are_above_the_chart_and_their_empty_card_below_it(alice):
    path = f"/devices/{alice.device_id}"
    empty = alice.get(path).text
    button = {"label": "Open", "method": "open", "kind": "button", "device": alice.device_id}

    alice.call("POST", "/api/controls", json=button)

    page = alice.get(path).text
    assert page.count('id="control"') == empty.count('id="control"') == 1
    assert page.index('id="control"') < page.index('id="chart"')
    assert empty.index('id="control"') > empty.index('id="chart"')
