import json

import pytest

from qlines.peer import Peer, find_peer


def pair(folder, side, peers):
    (folder / "twin").mkdir()
    document = {"version": 1, "side": side, "part": "app", "peers": peers, "paired_at": 1}
    (folder / "twin" / "twin.json").write_text(json.dumps(document))


def test_without_a_pairing_there_is_none(tmp_path):
    assert find_peer(tmp_path) is None


@pytest.mark.parametrize(("side", "address"), [("a", "127.0.1.2"), ("b", "127.0.1.1")])
def test_a_side_reaches_the_other_at_its_loopback_address(tmp_path, side, address):
    pair(tmp_path, side, {"b" if side == "a" else "a": "vm:7444", "witness": "w:7444"})

    assert find_peer(tmp_path) == Peer(side, f"{address}:9094", f"{address}:9000")


def test_a_witness_reads_nothing(tmp_path):
    pair(tmp_path, "witness", {"a": "vm-a:7444", "b": "vm-b:7444"})

    assert find_peer(tmp_path) is None


def test_a_corrupt_pairing_stops_no_program(tmp_path, caplog):
    (tmp_path / "twin").mkdir()
    (tmp_path / "twin" / "twin.json").write_text("{")

    assert find_peer(tmp_path) is None
    assert "reading nothing of the twin" in caplog.text
