"""/api/devices/import: a preview, then all devices of a file or none."""

from qlines.store import devices

FILE = "name,tags\npump 1,cellar|north\npump 2,\n"


def send(alice, csv, **more):
    return alice.call("POST", "/api/devices/import", json={"csv": csv, **more})


def names(alice):
    return [one["name"] for one in alice.get("/api/devices").json["items"]]


def test_a_preview_writes_nothing(alice):
    report = send(alice, FILE, dry_run=True).json

    assert (report["added"], report["skipped"], report["errors"]) == (2, 0, [])
    assert report["failed_csv"] == ""
    assert report["devices"][0] == {
        "line": 2, "name": "pump 1", "tags": ["cellar", "north"], "gateway": False,
        "has_token": False,
    }  # fmt: skip
    assert names(alice) == ["alice's device"]


def test_the_devices_are_added_and_the_same_file_again_adds_none(alice):
    assert send(alice, FILE).json["added"] == 2
    again = send(alice, FILE).json

    assert (again["added"], again["skipped"]) == (0, 2)
    assert names(alice) == ["alice's device", "pump 1", "pump 2"]


def test_every_error_has_its_line_and_column_and_nothing_is_added(alice, bob):
    file = "name,owner,token\nA,,with space\nB,bob@example.com,\nC,,token-bob\nD,,\n,,\nE\n"

    preview = send(alice, file, dry_run=True).json
    answer = send(alice, file)

    places = [(error["line"], error["column"]) for error in preview["errors"]]
    assert places == [(2, "token"), (3, "owner"), (4, "token"), (7, "")]
    assert preview["error_count"] == 4
    assert (
        preview["failed_csv"].splitlines()[2].startswith('B,bob@example.com,,"line 3: owner must')
    )
    assert preview["errors"][1]["reason"].startswith("must be your address alice@example.com")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "line 2, token"
    assert answer.json["errors"][3]["field"] == "line 7"
    assert names(alice) == ["alice's device"]


def test_the_exported_list_adds_nothing(world, alice):
    devices.add(world.deps.db, alice.id, "=1+1", tags=["a", "b"], gateway=True)
    file = alice.call("POST", "/api/devices/export", json={"tokens": True}).text

    report = send(alice, file).json

    assert (report["added"], report["skipped"]) == (0, 2)


def test_the_byte_order_mark_of_a_spreadsheet_is_no_part_of_a_name(alice):
    assert send(alice, "\ufeffname;tags\npump;a\n").json["added"] == 1


def test_the_owner_is_the_one_who_imports(alice, bob):
    send(alice, "name,owner\npump,ALICE@example.com\n")

    assert "pump" in names(alice)
    assert "pump" not in names(bob)
