"""What audit lines call devices, and what was changed of one."""

import pytest
from bson import ObjectId

from qlines.store import device_document as module
from qlines.store.device_document import NewDevice, changed, device_document, named_all

OWNER = ObjectId()


def device(name):
    return device_document(NewDevice(OWNER, name))


@pytest.mark.parametrize(
    ("name", "fields", "line"),
    [
        ("new", ["name"], "renamed the device 'old' ({id}) to 'new'"),
        ("new", ["name", "tags"], "renamed the device 'old' ({id}) to 'new' and changed its tags"),
        ("old", ["tags", "displays"], "changed displays, tags of the device 'old' ({id})"),
        ("old", ["name"], "changed nothing of the device 'old' ({id})"),
    ],
)
def test_a_line_about_a_change_has_the_old_name_and_the_new_one(name, fields, line):
    before = device("old")

    assert changed(before, {**before, "name": name}, fields) == line.format(id=before["_id"])


def test_a_line_about_many_devices_names_so_many_and_counts_the_rest(monkeypatch):
    monkeypatch.setattr(module, "MAX_NAMED", 2)
    devices = [device(name) for name in "abcd"]

    line = named_all(devices)

    assert line.startswith("4 devices: 'a' (")
    assert line.endswith(f"'b' ({devices[1]['_id']}) and 2 more")
    assert named_all([]) == "no devices"
