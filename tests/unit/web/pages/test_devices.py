"""The pages /devices/new: a name first, then how to connect that device."""


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
