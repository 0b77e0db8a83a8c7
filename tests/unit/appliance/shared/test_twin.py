import json

import pytest

from appliance.shared import twin

DOCUMENT = {"version": 1, "side": "a", "part": "app", "peers": {"b": "vm-b.example.com:7444"}}


def write(data_dir, text):
    (data_dir / "twin").mkdir()
    (data_dir / "twin" / "twin.json").write_text(text)


def test_a_machine_without_the_file_has_no_twin(tmp_path):
    assert twin.read(tmp_path) is None


def test_it_says_which_side_this_is_and_where_the_other_one_is(tmp_path):
    write(tmp_path, json.dumps(DOCUMENT))

    found = twin.read(tmp_path)

    assert (found.side, found.part, found.other, found.address) == ("a", "app", "b", "127.0.1.1")
    assert found.peers == {"b": "vm-b.example.com:7444"}


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"side": "c"},
        {"part": "database"},
        {"peers": {"a": "itself:7444"}},
        {"peers": {"b": "no-port"}},
        {"peers": 7},
    ],
)
def test_a_file_that_makes_no_sense_names_the_file_and_the_remedy(tmp_path, change):
    write(tmp_path, json.dumps({**DOCUMENT, **change}))

    with pytest.raises(twin.TwinError, match=r"twin\.json must be written by `make twin-join`"):
        twin.read(tmp_path)


def test_half_a_file_is_an_error_too(tmp_path):
    write(tmp_path, '{"version": 1,')

    with pytest.raises(twin.TwinError, match="repeat it"):
        twin.read(tmp_path)


def test_a_certificate_is_named_after_part_and_side():
    assert twin.certificate_name("app", "witness") == "app.witness.twin"
