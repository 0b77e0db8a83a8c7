"""The page /devices/<id>."""

import json
import re


def test_the_page_has_the_labels_and_units_whatever_they_contain(alice):
    displays = {"a'b\"": {"label": "</div><b>'\"&", "unit": "°C"}}
    alice.call("PATCH", f"/api/devices/{alice.device_id}", json={"displays": displays})

    page = alice.browser().get(f"/devices/{alice.device_id}").text

    assert json.loads(re.search(r"data-displays='([^']*)'", page)[1]) == displays
    assert "</div><b>" not in page
